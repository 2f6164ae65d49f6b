// The list of operations, narrowed down while one types; without it, the form asks for a page of those that fit.
(() => {
  const search = document.getElementById("search");
  const items = [...document.querySelectorAll("[data-words]")].map((item) => [item, item.dataset.words.toLowerCase()]);
  const narrow = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const [item, text] of items) item.hidden = !words.every((word) => text.includes(word));
    for (const group of document.querySelectorAll(".reference-group")) {
      group.hidden = !group.querySelector("[data-words]:not([hidden])");
    }
    document.querySelector(".reference-none").hidden = items.some(([item]) => !item.hidden);
  };
  // What the server has narrowed down already lacks what other words would show.
  if (!new URLSearchParams(location.search).get("search")) search.addEventListener("input", narrow);
})();
