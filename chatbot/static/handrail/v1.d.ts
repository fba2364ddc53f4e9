/* Made of chatbot/widget/api.yaml by chatbot/widget/describe.py. */

type HandrailState = "bot" | "waiting" | "human" | "closed";

interface HandrailOptions {
  /** the site's slug; the only one that has to be there */
  site: string;
  /** the heading; the site's name where it is left out */
  name?: string;
  /** what the launcher says; its accessible name begins with it */
  label?: string;
  /** `#rrggbb`; what stands on it is black or white, whichever can be read: the contrast is 4.5:1 at least, whatever the colour */
  accent?: string;
  /** `auto`, the customer's system, where it is left out */
  theme?: "auto" | "light" | "dark";
  /** where it stands: at the beginning or at the end of a line (left or right in English); `end` */
  side?: "start" | "end";
  /** how far from that side, and from the bottom: `20 80`; 20 each */
  offset?: string;
  /** width and height of the open chat, as far as there is room: `408 680` */
  size?: string;
  /** a launcher of the page's own, as a CSS selector: what is pressed there opens the chat, and ours is not shown; `none` for neither */
  launcher?: string;
  /** an address that a link beside the disclosure leads to, before the first message */
  privacy?: string;
  /** `1`: nothing can be written before the customer has agreed; what to is the wording `widget.consent`, with the link of `privacy` */
  consent?: string;
  /** a sentence above the launcher, shown once to somebody who has said nothing yet, and never again in that browser */
  greeting?: string;
  /** when: after so many seconds, on pages whose path begins so: `20 /pricing`; `10`, on every page */
  greet?: string;
  /** `1`: the number of unread messages on the page's icon; a policy needs `img-src data:` for it */
  favicon?: string;
  /** a place on the page, as a CSS selector, that the chat fills and stays open in */
  inline?: string;
  /** `1`: over the whole window, at once, as on `/w/SLUG` */
  full?: string;
  /** the page's language, where `<html lang>` does not say it */
  locale?: string;
  /** shown while the server cannot be reached, until the site's own contact is known */
  email?: string;
  /** the same */
  phone?: string;
  /** where the server is, for a copy of the file that is served from elsewhere or put into the page */
  host?: string;
}

interface HandrailEvents {
  /** nothing */
  open: undefined;
  /** nothing */
  close: undefined;
  /** after every connection */
  ready: { conversation: string; state: HandrailState };
  /** for each one that is shown */
  message: { seq: number; author: "customer" | "bot" | "agent" | "system"; outcome?: string };
  /** “Sign in” was pressed, which a reply that needs it offers while this is listened to: have the customer sign in, then call `identify` */
  identity: undefined;
  /** it has changed hands */
  state: { state: HandrailState };
}

interface HandrailApi {
  readonly version: 1;
  /** opens it; `draft` is put into the box, not sent */
  open(draft?: string): void;
  /** closes it */
  close(): void;
  /** the other of the two */
  toggle(): void;
  /** who is signed in ([identity.md](identity.md)); another `sub` starts anew */
  identify(jwt: string): void;
  /** forgets the conversation and the draft, in every tab */
  logout(): void;
  /** another language; `words` replaces words of the widget by their keys (`widget.…` in `conversations/wording/en.yaml`, without `widget.`) */
  setLocale(tag: string, words?: Record<string, string>): void;
  /** no greeting is shown in this browser from now on */
  hush(): void;
  /** goes into the address the desk sees as the customer's page; `page` replaces it */
  setContext(context: Record<string, string>): void;
  /** calls `listener` at each `event`; returns a function that ends it */
  on<E extends keyof HandrailEvents>(event: E, listener: (detail: HandrailEvents[E]) => void): () => void;
  /** any of these by name, as `[name, …arguments]` */
  push(...calls: HandrailCall[]): void;
  /** takes it off the page */
  destroy(): void;
}

/** Before the file has loaded, an array of these. */
type HandrailCall = [name: keyof HandrailApi, ...values: unknown[]];

interface Window {
  Handrail?: HandrailApi | HandrailCall[];
  HandrailOptions?: HandrailOptions;
}
