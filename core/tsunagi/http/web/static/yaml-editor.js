// The YAML editor: it stands in for a textarea that stays in its form and is kept in step. Without this script, or
// while it loads, the textarea does. Mistakes, suggestions and explanations come from the hub, as the linter has them.
const WAIT = 350;

for (const box of document.querySelectorAll(".editor[data-bundle]")) {
  const folded = box.closest("details:not([open])");
  // Where nothing is shown yet there is nothing to measure.
  if (folded) folded.addEventListener("toggle", () => begin(box), { once: true });
  else begin(box);
}

function begin(box) {
  start(box).catch((error) => console.warn("The editor did not start; the plain field stays.", error));
}

async function start(box) {
  const cm = await import(box.dataset.bundle);
  const area = box.querySelector("textarea");
  const host = document.createElement("div");
  const view = new cm.EditorView({
    parent: host,
    state: cm.EditorState.create({ doc: area.value, extensions: extensions(cm, box, area) }),
  });
  box.classList.add("live");
  box.append(host);
  area.hidden = true;
  box.nextElementSibling?.removeAttribute("hidden");
  document.querySelector(`label[for=${area.id}]`)?.addEventListener("click", () => view.focus());
  if (area.hasAttribute("autofocus")) view.focus();
}

function extensions(cm, box, area) {
  const { EditorView, keymap } = cm;
  const ask = (what, view, extra) => post(`/editor/${what}`, box, { file: fileOf(box), text: view.state.doc.toString(), ...extra });
  const changed = EditorView.updateListener.of((update) => {
    if (update.docChanged) {
      area.value = update.state.doc.toString();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (update.docChanged || update.selectionSet) explainLater(update.view);
  });
  const explainLater = later(async (view) => {
    const found = await ask("describe", view, place(view.state, view.state.selection.main.head));
    box.parentElement.querySelector(".editor-about").textContent = found.items.map((each) => `${each.text}: ${each.about}`).join("");
  });
  return [
    cm.lineNumbers(),
    cm.lintGutter(),
    cm.history(),
    cm.highlightActiveLine(),
    cm.highlightActiveLineGutter(),
    cm.bracketMatching(),
    cm.indentOnInput(),
    cm.search({ top: true }),
    cm.yaml(),
    cm.indentUnit.of("  "),
    cm.syntaxHighlighting(colours(cm)),
    cm.linter((view) => mistakes(ask, box, view), { delay: WAIT }),
    cm.autocompletion({ override: [(context) => suggestions(cm, ask, context)], icons: false }),
    cm.hoverTooltip((view, at) => explanation(ask, view, at), { hoverTime: WAIT }),
    keymap.of([...cm.completionKeymap, ...cm.lintKeymap, ...cm.historyKeymap, ...cm.searchKeymap, ...cm.defaultKeymap]),
    EditorView.contentAttributes.of({ "aria-label": box.dataset.label, spellcheck: "false", autocapitalize: "off" }),
    EditorView.cspNonce.of(box.dataset.nonce),
    EditorView.lineWrapping,
    changed,
  ];
}

async function mistakes(ask, box, view) {
  const found = (await ask("check", view)).items;
  list(box, found, view);
  if (!found.length) readBack(box);
  return found.map((each) => {
    const line = view.state.doc.line(Math.min(each.line, view.state.doc.lines));
    const from = Math.min(line.from + each.column - 1, line.to);
    const word = /^[^\s,}\]]+/.exec(line.text.slice(from - line.from));
    return { from, to: from + (word ? word[0].length : 0), severity: "error", message: each.message };
  });
}

// The rule in words stands beside it; while there are mistakes, the words of the last right text stay.
async function readBack(box) {
  const words = document.getElementById("words");
  if (!words || box.querySelector("textarea").name !== "text") return;
  const answer = await fetch("/rules/edit/words", { method: "POST", headers: { "X-CSRF-Token": box.dataset.token }, body: new FormData(box.closest("form")) });
  const text = answer.ok ? await answer.text() : "";
  if (text && text !== words.innerHTML) words.innerHTML = text;
}

// Below the editor, for those who read with their ears or on a phone: each leads to its place.
function list(box, found, view) {
  const problems = box.parentElement.querySelector(".editor-problems");
  problems.replaceChildren();
  problems.classList.toggle("right", found.length === 0);
  if (found.length === 0) {
    problems.textContent = box.dataset.right;
    return;
  }
  const lines = document.createElement("ul");
  for (const each of found) {
    const item = document.createElement("li");
    const go = document.createElement("button");
    go.type = "button";
    go.textContent = box.dataset.line.replace("0", `${each.line}:${each.column}`);
    go.addEventListener("click", () => {
      const line = view.state.doc.line(Math.min(each.line, view.state.doc.lines));
      view.dispatch({ selection: { anchor: Math.min(line.from + each.column - 1, line.to) }, scrollIntoView: true });
      view.focus();
    });
    item.append(go, ` ${each.message}`);
    lines.append(item);
  }
  problems.append(lines);
}

async function suggestions(cm, ask, context) {
  const before = context.matchBefore(/.*/);
  if (!context.explicit && !/[\w.]$|[:{,[-] $|\$\{$/.test(before?.text ?? "")) return null;
  const line = context.state.doc.lineAt(context.pos);
  const found = await ask("complete", { state: context.state }, place(context.state, context.pos));
  if (context.aborted || !found.items.length) return null;
  const behind = line.text.slice(found.end - 1);
  return {
    from: line.from + found.start - 1,
    to: line.from + found.end - 1,
    options: found.items.map((each) => ({ label: each.text, detail: each.about, apply: written(each, behind, line.text[found.start - 2]) })),
    validFor: /^[\w.-]*$/,
  };
}

function written(each, behind, quote) {
  if (each.what === "key") return /^\s*:/.test(behind) ? each.text : `${each.text}: `;
  // A text that YAML would read as something else.
  const plain = /^[^\s\-?:,[\]{}#&*!|>'"%@`][^#:{}[\],]*$/.test(each.text) || quote === '"' || quote === "'";
  return plain ? each.text : JSON.stringify(each.text);
}

async function explanation(ask, view, at) {
  const line = view.state.doc.lineAt(at);
  const found = await ask("describe", view, place(view.state, at));
  if (!found.items.length) return null;
  const shown = document.createElement("div");
  shown.className = "editor-hover";
  shown.textContent = found.items[0].about;
  return { pos: line.from + found.start - 1, end: line.from + found.end - 1, create: () => ({ dom: shown }) };
}

function place(state, at) {
  const line = state.doc.lineAt(at);
  return { line: line.number, column: at - line.from + 1 };
}

function fileOf(box) {
  if (box.dataset.file) return box.dataset.file;
  const file = box.closest("form").elements.file.value;
  // The table of cases stands beside its rule.
  return box.querySelector("textarea").name === "cases" ? file.replace(/(\.ya?ml)$/, "_test$1") : file;
}

async function post(path, box, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": box.dataset.token },
    body: JSON.stringify(body),
  });
  return answer.ok ? answer.json() : { items: [], start: 1, end: 1 };
}

function later(act) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), WAIT);
  };
}

function colours(cm) {
  const { tags } = cm;
  return cm.HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], class: "yaml-key" },
    { tag: [tags.string, tags.content], class: "yaml-text" },
    { tag: [tags.number, tags.bool, tags.null, tags.keyword], class: "yaml-word" },
    { tag: [tags.comment, tags.lineComment], class: "yaml-comment" },
  ]);
}
