/* The demo shop's part of the conversation: who is signed in, and what may be worth asking.
 * All it needs of Handrail is the public API: open, identify, logout, on. */
(() => {
  "use strict";

  // The shop's seed holds these; a test keeps the two in step.
  const ORDERS = {
    ada: ["FW-10023", "FW-10169", "FW-10047"],
    grace: ["FW-10153", "FW-10186", "FW-10052"],
    linus: ["FW-10142", "FW-10175", "FW-10040"],
    margaret: ["FW-10164", "FW-10197", "FW-10102"],
    alan: ["FW-10158", "FW-10191", "FW-10125"],
    katherine: ["FW-10147", "FW-10180", "FW-10058"],
  };
  const handrail = (...command) => (window.Handrail = window.Handrail || []).push(command);
  const find = (selector) => document.querySelector(selector);
  const account = find(".account");
  const KEPT = "fernway:customer";

  /** The customer of this tab, as {sub, name, token}; null when nobody is signed in or the token has run out. */
  function remembered() {
    try {
      const customer = JSON.parse(sessionStorage.getItem(KEPT));
      const { exp } = JSON.parse(atob(customer.token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
      return exp * 1000 > Date.now() ? customer : null;
    } catch {
      return null;
    }
  }

  function remember(customer) {
    try {
      if (customer) sessionStorage.setItem(KEPT, JSON.stringify(customer));
      else sessionStorage.removeItem(KEPT);
    } catch { /* a browser that forbids storage signs in once a page */ }
  }

  function ask(text) {
    account.open = false;
    handrail("open", text);
  }

  function show(customer) {
    find("[data-who]").textContent = customer ? customer.name : "Sign in";
    find("[data-signed-in]").hidden = !customer;
    find("[data-signed-out]").hidden = Boolean(customer);
    find("[data-problem]").textContent = "";
    const numbers = (customer && ORDERS[customer.sub]) || [];
    find("[data-orders]").replaceChildren(...numbers.map(orderButton));
    const question = numbers.length ? `Where is my order ${numbers[0]}?` : "Where is my order?";
    Object.assign(find("[data-order]"), { textContent: `“${question}”` }).dataset.ask = question;
    find("[data-order-hint]").textContent = customer
      ? `You are signed in as ${customer.name}. Nobody else can read your orders.`
      : "Sign in first, at the top of the page. Nobody else can read your orders.";
  }

  function orderButton(number) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: number });
    button.dataset.ask = `Where is my order ${number}?`;
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  async function signIn(sub, name) {
    const csrf = (/(?:^|; )csrftoken=([^;]+)/.exec(document.cookie) || [])[1] || "";
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
    try {
      const response = await fetch("/demo/sign-in/", { method: "POST", headers, body: JSON.stringify({ sub }) });
      if (!response.ok) throw new Error(String(response.status));
      const customer = { sub, name, token: (await response.json()).token };
      remember(customer);
      show(customer);
      handrail("identify", customer.token);
      find("[data-orders] button").focus();
    } catch {
      find("[data-problem]").textContent = "That did not work. Please try again.";
    }
  }

  function signOut() {
    remember(null);
    show(null);
    handrail("logout");
    account.open = false;
    account.firstElementChild.focus();
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button && "ask" in button.dataset) ask(button.dataset.ask);
    else if (button && button.dataset.sub) signIn(button.dataset.sub, button.textContent);
    else if (button && "signOut" in button.dataset) signOut();
    if (!account.contains(target)) account.open = false;
  });
  account.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !account.open) return;
    account.open = false;
    account.firstElementChild.focus();
  });

  // Once the press that asked for it is over: a press outside the account closes it.
  const offerSignIn = () => {
    account.open = true;
    find("[data-signed-out] button").focus();
  };
  handrail("on", "identity", () => setTimeout(offerSignIn));

  const customer = remembered();
  show(customer);
  if (customer) handrail("identify", customer.token);
})();
