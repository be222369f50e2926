// What htmx leaves over: toasts, where focus goes after a swap, words on a button. Every page works without this file.
// Against double submits a form says hx-disable="findAll button": htmx 4 disables them while its request runs.
(() => {
  "use strict";

  const LOST = "That did not reach us. Nothing was changed; try again.";
  const LINGER = { ok: 8000, undo: 30000 }; // milliseconds; an error stays until it is closed
  const FIELD = "input:not([type=hidden]), select, textarea";
  const on = (name, act) => document.addEventListener(name, act);

  // --- toasts

  let before = null; // where focus was before it went into a toast
  on("focusin", ({ target }) => {
    if (!target.closest(".toast")) before = target;
  });

  function dismiss(toast) {
    const inside = toast.contains(document.activeElement);
    toast.remove();
    if (inside && before?.isConnected) before.focus();
  }

  function arm(toast) {
    const close = toast.querySelector(".toast__close");
    close.hidden = false;
    close.addEventListener("click", () => dismiss(toast));
    if (toast.matches(".toast--error")) return;
    const wait = toast.querySelector("form") ? LINGER.undo : LINGER.ok;
    const expire = () => {
      if (document.hidden || toast.matches(":hover, :focus-within")) setTimeout(expire, wait);
      else toast.remove();
    };
    setTimeout(expire, wait);
  }

  function show({ message, kind, undo }) {
    const region = document.getElementById("toasts");
    const model = document.getElementById("toast");
    if (!region || !model) return;
    const toast = model.content.firstElementChild.cloneNode(true);
    const form = toast.querySelector("form");
    toast.querySelector("p").textContent = message;
    toast.classList.toggle("toast--error", kind === "error");
    if (undo) {
      form.action = undo.url;
      for (const [name, value] of Object.entries(undo.fields ?? {})) {
        const input = document.createElement("input");
        Object.assign(input, { type: "hidden", name, value: value ?? "" });
        form.append(input);
      }
      // The row to put back may be on another page by now: then the form is sent the plain way.
      if (undo.target && document.querySelector(undo.target)) {
        form.setAttribute("hx-post", undo.url);
        form.setAttribute("hx-target", undo.target);
        form.setAttribute("hx-swap", undo.swap ?? "outerHTML");
        form.setAttribute("hx-disable", "find button");
      }
    } else {
      form.remove();
    }
    // A new message takes the place of the last one; an error stays beside it, unless it says the same.
    for (const old of region.querySelectorAll(".toast")) {
      if (!old.matches(".toast--error") || old.querySelector("p").textContent === message) old.remove();
    }
    region.append(toast);
    if (undo) htmx.process(form);
    arm(toast);
  }

  on("toast", ({ detail }) => show(detail));
  on("htmx:finally:request", ({ detail: { ctx } }) => {
    const toast = ctx.sourceElement?.closest?.(".toast");
    if (toast && ctx.response?.status < 400) dismiss(toast);
  });
  on("htmx:error", ({ detail: { ctx } }) => {
    if (ctx && !ctx.response) show({ message: LOST, kind: "error" });
  });
  on("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status >= 500 && !ctx.hx.trigger?.includes('"toast"')) show({ message: LOST, kind: "error" });
  });

  // --- focus and title after a swap

  on("htmx:config:request", ({ detail: { ctx } }) => {
    ctx.focused = document.activeElement; // read now: a button that gets disabled loses it
    // A search is an address that people send to each other: only what was asked for stands in it.
    const { method, body } = ctx.request;
    if (method !== "GET") return;
    for (const name of new Set(body.keys())) if (body.getAll(name).every((value) => value === "")) body.delete(name);
  });

  // Only for a click or a submit from within what is replaced (or from a toast), so that polls and searches take nothing.
  on("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    const from = ctx.sourceElement;
    const acted = ["click", "submit"].includes(ctx.sourceEvent?.type);
    for (const task of tasks) {
      task.moveFocus = task.type === "main" && acted && (task.target?.contains?.(from) || !!from.closest(".toast, [data-opens]"));
    }
  });

  on("htmx:after:settle", ({ detail: { task, newContent } }) => {
    if (!task.moveFocus) return;
    const parts = newContent.filter((node) => node.nodeType === Node.ELEMENT_NODE);
    const first = (selector) => {
      for (const part of parts) {
        const found = part.matches(selector) ? part : part.querySelector(selector);
        if (found) return found;
      }
    };
    const place = first(".error-summary") ?? first("[autofocus]") ?? first("[aria-invalid]");
    if (place) return place.focus();
    // htmx found the same id again, or what was pressed stays where it is and opens something else.
    if (!document.activeElement.matches("body, [data-opens]")) return;
    const field = parts.some((part) => part.matches(".edit")) && first(FIELD);
    (field || first("[data-focus]") || first("a[href], button"))?.focus();
  });

  on("htmx:finally:swap", () => {
    const plain = document.title.replace(/^Error: /, "");
    document.title = document.querySelector(".error-summary") ? `Error: ${plain}` : plain;
  });

  // A refusal swaps nothing, but disabling the pressed button took its focus away.
  on("htmx:finally:request", ({ detail: { ctx } }) => {
    queueMicrotask(() => {
      if (document.activeElement === document.body && ctx.focused?.isConnected) ctx.focused.focus();
    });
  });

  // --- keys and menus

  on("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    const toast = event.target.closest(".toast");
    const menu = event.target.closest("details.menu[open]");
    if (toast) return dismiss(toast);
    if (menu) {
      menu.open = false;
      return menu.querySelector("summary").focus();
    }
    event.target.closest(".edit")?.querySelector("[data-cancel]")?.click();
  });
  on("click", ({ target }) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
  });

  // --- <button data-count-of="people" data-none="Choose who comes" data-one="Sign up 1 person" data-many="Sign up # people">

  function count(root) {
    for (const button of root.querySelectorAll("button[data-count-of]")) {
      const ticked = button.form?.querySelectorAll(`input[name="${CSS.escape(button.dataset.countOf)}"]:checked`).length ?? 0;
      const { none, one, many } = button.dataset;
      button.textContent = ([none, one][ticked] ?? many).replace("#", ticked);
    }
  }
  on("change", ({ target }) => target.form && count(target.form));
  on("htmx:after:process", ({ target }) => target.querySelectorAll && count(target));

  // --- a password in plain sight, as long as its owner likes

  function reveal(root) {
    for (const input of root.querySelectorAll("input[type=password]")) {
      const button = document.createElement("button");
      const say = () => {
        button.textContent = input.type === "password" ? "Show" : "Hide";
        button.setAttribute("aria-label", `${button.textContent} ${input.labels[0]?.textContent.toLowerCase()}`);
      };
      Object.assign(button, { type: "button", className: "btn btn--quiet", onclick: () => {
        input.type = input.type === "password" ? "text" : "password";
        say();
      } });
      button.setAttribute("aria-controls", input.id);
      say();
      const box = document.createElement("div");
      box.className = "reveal";
      input.replaceWith(box);
      box.append(input, button);
      // A browser keeps what is sent from a plain field among its suggestions.
      input.form?.addEventListener("submit", () => (input.type = "password"));
    }
  }

  // --- this page

  reveal(document);
  count(document);
  document.querySelector(".error-summary")?.focus();
  // A live region speaks of what is added to it, not of what it came with.
  for (const toast of document.querySelectorAll("#toasts .toast")) {
    setTimeout(() => toast.parentNode.append(toast), 200);
    arm(toast);
  }
})();
