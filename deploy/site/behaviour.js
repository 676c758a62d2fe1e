// Tells leads what a visitor of your site sees (docs/contacts.md). On every page:
//   <script src="/behaviour.js" data-address="https://crm.example.com/in/behaviour/shop" data-key="site-key" defer></script>
// With data-wait nothing is stored or sent until voronka.start() is called, for instance when the visitor has agreed.
// A page of a product says so: voronka.product("Sofa Nord"). Forms get the hidden field visitor_id, which links the
// visitor to the customer; the sofa is on the card from then on.
(function () {
  "use strict";
  const script = document.currentScript;
  const { address, key } = script.dataset;
  const NAME = "voronka_visitor";
  let visitor = null;

  function known() {
    try {
      return localStorage.getItem(NAME) || null;
    } catch {
      return null; // storage is closed: the visitor is another one on every page
    }
  }

  function keep(id) {
    try {
      localStorage.setItem(NAME, id);
    } catch {
      // as above
    }
  }

  function tell(kind, product) {
    if (visitor === null) return;
    const view = { id: crypto.randomUUID(), at: new Date().toISOString(), kind, url: location.href, title: document.title };
    if (product) view.product = String(product);
    const body = JSON.stringify({ key, visitor_id: visitor, views: [view] });
    // keepalive: the view arrives although the visitor leaves the page; one that is lost is no harm
    fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body, keepalive: true }).catch(() => {});
  }

  function start() {
    if (visitor !== null) return;
    visitor = known() || crypto.randomUUID();
    keep(visitor);
    tell("page");
  }

  document.addEventListener(
    "submit",
    (event) => {
      if (visitor === null || event.target.elements.visitor_id) return;
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "visitor_id", value: visitor });
      event.target.appendChild(field);
    },
    true,
  );

  globalThis.voronka = { start, product: (name) => tell("product", name) };
  if (!("wait" in script.dataset)) start();
})();
