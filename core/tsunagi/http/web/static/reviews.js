// Keys of the review queue: J and K go from one question to the next, a number presses its answer.
(() => {
  const cards = [...document.querySelectorAll(".review")];
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = cards.indexOf(document.activeElement?.closest(".review"));
    if (event.key === "j" || event.key === "k") {
      const next = cards[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), cards.length - 1)];
      next?.focus();
      next?.scrollIntoView({ block: "nearest" });
    } else if (at >= 0 && /^[1-9]$/.test(event.key)) {
      cards[at].querySelectorAll("form button")[Number(event.key) - 1]?.click();
    }
  });
})();
