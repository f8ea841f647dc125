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

// What is typed into a form with data-draft is kept on the server, sealed, until the form is sent.
const waiting = new WeakMap();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => keepDraft(form), 600));
});

async function keepDraft(form, tries = 0) {
  const fields = new FormData(form);
  fields.set("draft_place", form.dataset.draft);
  const said = form.querySelector("[data-draft-said]");
  try {
    const reply = await send("/draft", new URLSearchParams(fields));
    if (!reply.ok) throw new Error(String(reply.status));
    if (said) said.textContent = said.dataset.kept;
  } catch (error) {
    if (said) said.textContent = said.dataset.lost;
    setTimeout(() => keepDraft(form, tries + 1), Math.min(30000, 1000 * 2 ** tries));
  }
}
