// Passkeys: <form data-passkey="create|get" data-options="..."> with a hidden field "credential". The browser speaks to the
// key when the form is sent; its answer goes with the form. Loaded only on pages that have such a form.
(() => {
  "use strict";

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

  async function answer(kind, options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    options.excludeCredentials = known(options.excludeCredentials);
    options.allowCredentials = known(options.allowCredentials);
    const made = await navigator.credentials[kind]({ publicKey: options });
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) response[name] = text(made.response[name]);
    }
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      const trouble = form.querySelector("[role=alert]");
      trouble.textContent = "";
      button.disabled = true;
      try {
        form.elements.credential.value = await answer(form.dataset.passkey, JSON.parse(form.dataset.options));
        form.submit();
      } catch {
        trouble.textContent = "Your device gave no passkey. Try again, or use another way.";
        button.disabled = false;
      }
    });
  }
})();
