// What pages do beyond links and forms. Every page works without it.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  const form = (n) => { // 1 пара, 2 пары, 5 пар
    const tens = n % 100, ones = n % 10;
    return tens > 10 && tens < 15 ? 2 : ones === 1 ? 0 : ones > 1 && ones < 5 ? 1 : 2;
  };
  const say = (text) => { document.getElementById("live").textContent = text; };
  const write = (root, counts) => all("[data-count]", root).forEach((el) => {
    const n = counts[el.dataset.count];
    el.textContent = el.dataset.forms.split("|")[form(n)].replace("#", number(n));
    el.hidden = n === 0 && el.dataset.count !== "all";
  });

  // Rows with ticks: the bar shows itself and its numbers.
  const count = (root) => {
    const rows = all("[data-row]", root), on = rows.filter((box) => box.checked);
    const closed = on.filter((box) => box.dataset.row === "closed").length;
    rows.forEach((box) => box.closest("tr,li")?.classList.toggle("chosen", box.checked));
    all("[data-all]", root).forEach((box) => {
      box.checked = on.length === rows.length && on.length > 0;
      box.indeterminate = on.length > 0 && on.length < rows.length;
    });
    all("[data-bulk-bar]", root).forEach((bar) => { bar.hidden = on.length === 0; });
    write(root, { all: on.length, open: on.length - closed, closed });
  };
  // The month: nothing is saved until the button, so leaving asks.
  const unsaved = (root) => all("input[type=checkbox]", root).filter((box) => box.checked !== box.defaultChecked).length;
  const month = (root) => {
    const n = unsaved(root);
    all("[data-bulk-bar]", root).forEach((bar) => { bar.hidden = n === 0; });
    write(root, { all: n, open: n, closed: 0 });
  };
  let leaving = false;
  addEventListener("beforeunload", (event) => {
    if (!leaving && all("form[data-unsaved]").some(unsaved)) event.preventDefault(), event.returnValue = "";
  });

  const drafts = (root, work) => all("textarea[name],input[name]:not([type=hidden],[type=password],[type=file])", root)
    .forEach((field) => work(field, `draft ${location.pathname} ${root.dataset.draft} ${field.name} ${field.type === "radio" || field.type === "checkbox" ? field.value : ""}`, /radio|checkbox/.test(field.type) ? "checked" : "value"));

  const start = (root) => {
    all("form[data-bulk]", root).forEach(count);
    all("form[data-unsaved]", root).forEach(month);
    all(".show-password", root).forEach((line) => { line.hidden = false; });
    all("[data-grid]", root).forEach((grid) => all("input", grid).forEach((box, i) => { box.tabIndex = i ? -1 : 0; }));
    all("form[data-draft]", root).forEach((f) => drafts(f, (field, key, part) => {
      const kept = sessionStorage.getItem(key);
      if (kept !== null && field.value === field.defaultValue) field[part] = part === "value" ? kept : kept === "true";
    }));
    root.querySelector("[data-error-summary]")?.focus();
  };

  document.addEventListener("change", ({ target }) => {
    const owner = target.form;
    if (target.dataset.shows) document.getElementById(target.dataset.shows).type = target.checked ? "text" : "password";
    if (target.id === "keys-off") localStorage.setItem("keys", target.checked ? "off" : "on");
    if (!owner) return;
    if ("all" in target.dataset) all("[data-row]", owner).forEach((box) => { box.checked = target.checked; });
    if ("bulk" in owner.dataset) count(owner);
    if ("unsaved" in owner.dataset) month(owner);
  });
  document.addEventListener("input", ({ target }) => {
    const owner = target.form;
    if (owner?.dataset.draft !== undefined) drafts(owner, (field, key, part) => sessionStorage.setItem(key, field[part]));
  });
  document.addEventListener("click", (event) => {
    const closed = event.target.closest("[data-goto]"), untick = event.target.closest("[data-untick]");
    if (closed) document.getElementById(closed.dataset.goto)?.focus();
    if (untick) {
      const owner = untick.closest("form");
      event.preventDefault();
      all("input[type=checkbox]", owner).forEach((box) => { box.checked = "unsaved" in owner.dataset && box.defaultChecked; });
      "bulk" in owner.dataset ? count(owner) : month(owner);
    }
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("submit", (event) => {
    const owner = event.target, button = event.submitter;
    if (owner.dataset.busy) return event.preventDefault();
    if (event.defaultPrevented && !owner.hasAttribute("hx-post")) return;
    if ("leave" in owner.dataset) sessionStorage.clear();
    if (owner.dataset.draft !== undefined) drafts(owner, (field, key) => sessionStorage.removeItem(key));
    if (owner.method !== "post") return;
    leaving = owner.dataset.busy = "yes";
    button?.setAttribute("aria-disabled", "true");
    const label = button ? [...button.childNodes] : [];
    const timer = setTimeout(() => { owner.ariaBusy = "true"; button?.replaceChildren("Сохраняем…"); say("Сохраняем…"); }, 400);
    owner.idle = () => { // the answer came into this page, or the person came back to it
      clearTimeout(timer);
      leaving = owner.ariaBusy = false;
      delete owner.dataset.busy;
      button?.removeAttribute("aria-disabled");
      button?.replaceChildren(...label);
    };
  });
  const idle = () => all("form[data-busy]").forEach((owner) => owner.idle());
  addEventListener("pageshow", idle);

  document.addEventListener("keydown", (event) => {
    const { target, key } = event, box = target.closest("[data-grid] input");
    if (key === "Escape") all("details.menu[open]").forEach((menu) => { menu.open = false; menu.firstElementChild.focus(); });
    if (box && /^(Arrow|Home|End)/.test(key)) {
      event.preventDefault();
      const cell = box.closest("td"), row = cell.parentElement, rows = [...row.parentElement.rows];
      const side = { ArrowLeft: -1, ArrowRight: 1 }[key], down = { ArrowUp: -1, ArrowDown: 1 }[key];
      const inRow = all("input", row);
      let next = key === "Home" ? inRow[0] : key === "End" ? inRow.at(-1) : side && inRow[inRow.indexOf(box) + side];
      for (let y = rows.indexOf(row) + down; down && !next && rows[y]; y += down) next = rows[y].cells[cell.cellIndex].querySelector("input");
      if (next) { box.tabIndex = -1; next.tabIndex = 0; next.focus(); }
    }
    if (target.closest("input:not([type=radio]),textarea,select") || event.ctrlKey || event.altKey || event.metaKey || localStorage.getItem("keys") === "off") return;
    const search = document.querySelector("main input[type=search],[data-search]");
    if (key === "/" && search) { event.preventDefault(); search.href ? search.click() : search.focus(); }
    const keyed = /^[1-9nт]$/.test(key) && document.querySelector(`[data-key~="${key}"]`);
    if (keyed) keyed.click(), keyed.focus();
    if (key === "?") document.getElementById("keys").showModal();
  });
  document.addEventListener("htmx:finally:request", idle);
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    const aim = detail.ctx.target;
    const root = aim?.isConnected ? aim : document.getElementById(aim?.id) || document;
    start(root);
    // Who is typing keeps the place; everybody else is led to what changed.
    if (!document.activeElement?.matches("input,select,textarea")) root.querySelector("h1,h2")?.focus();
    const news = root.querySelector("[data-say]");
    if (news) say(news.dataset.say);
  });
  document.getElementById("keys-off").checked = localStorage.getItem("keys") === "off";
  start(document);
})();
