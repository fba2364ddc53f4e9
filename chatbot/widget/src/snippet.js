/* The element that loaded the widget, and what the page wants of it:
 *   <script src="https://HOST/w/v1.js" data-site="SLUG" async></script>
 * Each option is said in one of three ways: `data-site` on the element, `?site=` in its address, or
 * `HandrailOptions = { site: … }` before it; the first of them counts. What there is: `docs/widget.md`.
 *
 * Law: it is looked at once, while the script runs; later no browser says which element it was. A module has no current
 * script, so it is found by its address.
 */
const script = document.currentScript || document.querySelector('script[src*="/w/v1.js"]');
const address = script && script.src && new URL(script.src);

export const option = {
  ...window.HandrailOptions,
  ...(address && Object.fromEntries(address.searchParams)),
  ...(script && script.dataset),
};

/** What the page's policy may know our scripts by. */
export const nonce = (script && script.nonce) || "";

/** An address at the server. */
export const serverAddress = (path) => new URL(path, option["host"] || address || location.href).href;
