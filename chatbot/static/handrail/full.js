/* Puts the widget onto the page `/w/SLUG`: with the conversation of the page it was popped out of, if it was.
 *
 * Law: what it is told it takes from the window that opened it only, once, and before the widget is there.
 */
{
  const address = document.currentScript.dataset.widget;
  const begin = (told) => {
    removeEventListener("message", hear);
    clearTimeout(timer);
    if (told.conversation) window.HandrailOptions = { conversation: told.conversation, link: told.link };
    if (told.identity) window.Handrail = [["identify", told.identity]];
    const script = document.createElement("script");
    Object.assign(script, { src: address, async: true }).dataset.full = "1";
    document.body.append(script);
  };
  const hear = ({ source, data }) => source === window.opener && data && data.handrail && begin(data);
  const timer = setTimeout(begin, window.opener ? 2000 : 0, {});
  addEventListener("message", hear);
  if (window.opener) window.opener.postMessage("handrail", "*"); // it says that we are here, and nothing else
}
