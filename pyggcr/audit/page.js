"use strict";
// The table of an audit's page: filter, sort, pages of rows, and details of a row. Texts from
// images are only ever set as text, never as markup.
(() => {
  const PAGE = 100;
  const SEVERITIES = ["none", "info", "warning", "error", "failed"];
  const rows = JSON.parse(document.getElementById("rows").textContent);
  const form = document.getElementById("filter");
  const body = document.querySelector("#images tbody");
  const shown = document.getElementById("shown");
  const heads = [...document.querySelectorAll("#images th")];
  let order = { key: "severity", up: false };
  let page = 0;

  for (const row of rows) {
    row.severity = row.error ? "failed" : worst(row.findings);
    row.text = [row.reference, row.digest, row.platform, row.error || "",
      ...row.findings.map((it) => `${it.code} ${it.name} ${it.message}`), ...row.tools]
      .join("\n").toLowerCase();
  }

  function worst(findings) {
    const ranks = findings.map((it) => SEVERITIES.indexOf(it.severity));
    return SEVERITIES[Math.max(0, ...ranks)];
  }

  function value(row, key) {
    if (key === "severity") return SEVERITIES.indexOf(row.severity);
    if (key === "layers") return row.layers.length;
    if (key === "age") return row.age === null ? -1 : row.age;
    return row[key];
  }

  function compare(one, other) {
    const [a, b] = [value(one, order.key), value(other, order.key)];
    if (a !== b) return (a < b) === order.up ? -1 : 1;
    return one.reference < other.reference ? -1 : 1;
  }

  function chosen() {
    const words = form.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severity = form.severity.value;
    return rows.filter((row) => (!severity || row.severity === severity)
      && words.every((word) => row.text.includes(word))).sort(compare);
  }

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function size(bytes) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    while (bytes >= 1024 && unit < units.length - 1) { bytes /= 1024; unit += 1; }
    return `${unit ? bytes.toFixed(1) : bytes} ${units[unit]}`;
  }

  function rowOf(row) {
    const line = element("tr");
    const name = element("td", undefined, "reference");
    const opener = element("button", row.reference);
    opener.setAttribute("aria-expanded", "false");
    opener.addEventListener("click", () => toggle(line, opener, row));
    name.append(opener);
    const findings = element("td");
    if (row.error) findings.append(element("span", "failed", "badge error"));
    for (const it of row.findings) findings.append(element("span", it.code, `badge ${it.severity}`));
    line.append(name, element("td", row.platform), element("td", size(row.size), "number"),
      element("td", row.age === null ? "" : `${Math.round(row.age)}`, "number"),
      element("td", `${row.layers.length}`, "number"), findings);
    return line;
  }

  function toggle(line, opener, row) {
    const open = opener.getAttribute("aria-expanded") === "true";
    opener.setAttribute("aria-expanded", String(!open));
    if (open) { line.nextSibling.remove(); return; }
    const details = element("tr", undefined, "details");
    const cell = element("td");
    cell.colSpan = heads.length;
    if (row.digest) cell.append(element("div", `digest ${row.digest}`));
    if (row.created) cell.append(element("div", `created ${row.created}`));
    if (row.base) cell.append(element("div", `base ${row.base}`));
    if (row.error) cell.append(element("div", row.error));
    for (const it of row.findings) {
      cell.append(element("div", `${it.code} ${it.name} (${it.severity}): ${it.message}`));
    }
    for (const tool of row.tools) cell.append(element("div", `fails: ${tool}`));
    for (const layer of row.layers) cell.append(element("div", layer));
    details.append(cell);
    line.after(details);
  }

  function show() {
    const found = chosen();
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    page = Math.min(page, pages - 1);
    body.replaceChildren(...found.slice(page * PAGE, (page + 1) * PAGE).map(rowOf));
    shown.textContent = `${found.length} of ${rows.length} rows, page ${page + 1} of ${pages}`;
    form.previous.disabled = page === 0;
    form.next.disabled = page >= pages - 1;
    for (const head of heads) {
      const active = head.dataset.key === order.key;
      if (active) head.setAttribute("aria-sort", order.up ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
  }

  for (const head of heads) {
    head.querySelector("button").addEventListener("click", () => {
      order = { key: head.dataset.key, up: order.key === head.dataset.key ? !order.up : true };
      page = 0;
      show();
    });
  }
  // A link such as report.html#PYG001 filters.
  function follow() {
    try { form.search.value = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    page = 0;
    show();
  }
  window.addEventListener("hashchange", follow);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.search.addEventListener("input", () => { page = 0; show(); });
  form.severity.addEventListener("change", () => { page = 0; show(); });
  form.previous.addEventListener("click", () => { page -= 1; show(); });
  form.next.addEventListener("click", () => { page += 1; show(); });
  follow();
})();
