// The desk's own script: errors shown where the answer would have stood, security keys, drafts.
"use strict";

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400) { event.detail.shouldSwap = true; event.detail.isError = false; }
});

const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
const send = (path, body, headers = {}) => fetch(path, {
  method: "POST", body, credentials: "same-origin", headers: { "X-CSRFToken": token(), ...headers },
});
const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// Options come as JSON: what the browser wants as bytes is base64url there.
function readied(options) {
  options.challenge = decode(options.challenge);
  if (options.user) options.user.id = decode(options.user.id);
  for (const list of [options.allowCredentials, options.excludeCredentials]) {
    for (const each of list || []) each.id = decode(each.id);
  }
  const prf = options.extensions && options.extensions.prf;
  if (prf && prf.eval) prf.eval.first = decode(prf.eval.first);
  for (const salt of Object.values((prf && prf.evalByCredential) || {})) salt.first = decode(salt.first);
  return options;
}

function told(credential) {
  const answer = { id: credential.id, rawId: encode(credential.rawId), type: credential.type, response: {} };
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) answer.response[name] = encode(credential.response[name]);
  }
  const results = credential.getClientExtensionResults();
  const first = results.prf && results.prf.results && results.prf.results.first;
  answer.clientExtensionResults = { prf: { enabled: !!(results.prf && results.prf.enabled) } };
  if (first) answer.clientExtensionResults.prf.results = { first: encode(first) };
  return answer;
}

async function withKey(button) {
  const problem = document.querySelector("[data-key-problem]");
  problem.hidden = true;
  const path = button.dataset.key;
  const handle = (document.getElementById("handle") || {}).value || "";
  try {
    const form = new URLSearchParams({ handle });
    const options = readied(await (await send(`${path}/options`, form)).json());
    const credential = button.dataset.new
      ? await navigator.credentials.create({ publicKey: options })
      : await navigator.credentials.get({ publicKey: options });
    const reply = await send(path, JSON.stringify(told(credential)), { "X-Handle": handle, "Content-Type": "application/json" });
    const said = await reply.json();
    if (said.next) { location.assign(said.next); return; }
    problem.textContent = said.problem;
  } catch (error) {
    problem.textContent = problem.dataset.cancelled || error.name;
  }
  problem.hidden = false;
}

if (window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-key]")) {
    button.hidden = false;
    button.addEventListener("click", () => withKey(button));
  }
}

// What is typed into a form with data-draft is kept on the server, sealed, until the form is sent. A form goes
// only once its draft is kept: who was signed out meanwhile, or is offline, keeps the page and the words in it.
const waiting = new WeakMap();
let sending = new WeakSet();
let passing = null;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => keepDraft(form), 600));
});

async function keepDraft(form, tries = 0) {
  clearTimeout(waiting.get(form));
  const fields = new FormData(form);
  fields.set("draft_place", form.dataset.draft);
  const said = form.querySelector("[data-draft-said]");
  const out = form.querySelector("[data-draft-out]");
  let state = "lost";
  try {
    const reply = await send("/draft", new URLSearchParams(fields));
    state = reply.redirected ? "out" : reply.ok ? "kept" : "lost";
  } catch (error) { /* no connection: tried again */ }
  if (said) said.textContent = said.dataset[state];
  if (out) out.hidden = state !== "out";
  if (state === "kept") return true;
  waiting.set(form, setTimeout(() => keepDraft(form, tries + 1), Math.min(15000, 1000 * 2 ** tries)));
  return false;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  if (passing === form) { passing = null; return; }
  event.preventDefault();
  if (sending.has(form)) return; // pressed twice
  sending.add(form);
  if (await keepDraft(form)) {
    passing = form;
    form.requestSubmit(event.submitter);
    setTimeout(() => sending.delete(form), 15000);
  } else sending.delete(form);
});
window.addEventListener("pageshow", () => { sending = new WeakSet(); passing = null; });

// Single keys press a button, unless somebody types, and only while the box for it is ticked.
const KEYS_OFF = "amparo-keys-off";
for (const box of document.querySelectorAll("[data-keys-on]")) {
  box.checked = localStorage.getItem(KEYS_OFF) === null;
  box.addEventListener("change", () => box.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "1"));
}
document.addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-keys-on]");
  if (!box || !box.checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("textarea, select, input:not([type=checkbox])")) return;
  const button = document.querySelector(`[data-press="${CSS.escape(event.key.toLowerCase())}"]`);
  if (button && !button.disabled) { event.preventDefault(); button.click(); }
});

// The pair that comes next is there already: it is shown while the verdict travels.
document.addEventListener("htmx:beforeSend", (event) => {
  const ahead = document.querySelector("template[data-ahead]");
  const now = document.querySelector("[data-pair]");
  if (!event.target.closest("[data-judge]") || !ahead || !now) return;
  now.replaceChildren(ahead.content.cloneNode(true));
  now.classList.add("waits");
});

// A sentence that is selected in a document becomes the quotation of the form beside it.
const before = (root, node, offset) => {
  const range = document.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  return Array.from(range.toString()).length; // the server counts characters, not UTF-16 units
};
document.addEventListener("selectionchange", () => {
  const form = document.querySelector("form[data-say]");
  const chosen = document.getSelection();
  if (!form || !chosen || chosen.isCollapsed) return;
  const range = chosen.getRangeAt(0);
  const text = range.startContainer.parentElement && range.startContainer.parentElement.closest("[data-text]");
  if (!text || !text.contains(range.endContainer) || !chosen.toString().trim()) return;
  const words = range.toString();
  const lead = Array.from(words).length - Array.from(words.trimStart()).length;
  form.elements.quote.value = words.trim();
  form.elements.start.value = before(text, range.startContainer, range.startOffset) + lead;
  form.elements.number.value = text.dataset.number || "";
});

// Of the fields only those of the chosen kind of thing; a field with codes offers its terms.
function fitFields(form) {
  const { of, field, value } = form.elements;
  const kind = of.selectedOptions[0].dataset.kind;
  for (const group of field.querySelectorAll("optgroup")) group.hidden = group.disabled = group.dataset.kind !== kind;
  if (field.selectedOptions[0] && field.selectedOptions[0].parentElement.disabled) {
    field.value = field.querySelector("optgroup:not([disabled]) option").value;
  }
  const list = field.selectedOptions[0].dataset.list;
  if (list) value.setAttribute("list", list); else value.removeAttribute("list");
}
for (const form of document.querySelectorAll("form[data-say]")) {
  fitFields(form);
  form.addEventListener("change", () => fitFields(form));
}

// How strong a passphrase is, roughly: ten bits a different word, else two a different letter.
document.addEventListener("input", (event) => {
  const meter = document.getElementById(event.target.dataset.strength || "");
  if (!meter) return;
  const typed = event.target.value.trim().toLowerCase();
  const words = new Set(typed.split(/\s+/).filter((word) => word.length > 2));
  const bits = words.size > 2 ? 10 * words.size : 2 * new Set(typed).size + typed.length / 2;
  meter.value = Math.min(70, bits);
  const said = document.querySelector(`#${event.target.getAttribute("aria-describedby")} small`);
  said.textContent = bits < 45 ? said.dataset.weak : bits < 60 ? said.dataset.fair : said.dataset.strong;
});
