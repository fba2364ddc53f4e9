/* The same conversation in a window of its own: `/w/SLUG`, at the server.
 *
 * Law: what opens a conversation is told to that window only, at the server's own origin, when it asks; it stands in no
 * address.
 */
import { button, option, serverAddress } from "./kit.js";

export function popOut(view) {
  const { chat, footer } = view;
  const address = serverAddress("/w/" + option.site);
  const open = button("#popout", "popout", () => {
    const opened = window.open(address, "handrail", "popup,width=440,height=720");
    if (!opened) return;
    const tell = ({ source, origin, data }) => {
      if (source !== opened || origin !== new URL(address).origin || data !== "handrail") return;
      const { conversation, token } = chat.saved;
      opened.postMessage({ handrail: 1, conversation, "link": token, identity: chat.identity }, origin);
      removeEventListener("message", tell);
    };
    addEventListener("message", tell);
    view.close();
  });
  if (!option.full) footer.complain.before(open);
}
