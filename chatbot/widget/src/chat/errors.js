/* What the server does not do, and what becomes of it, by its code.
 *
 * Law: nothing a customer wrote is dropped: it is sent again later, goes along into a new conversation, or stands there
 * with the reason and can be changed.
 */
import { say } from "../words/words.js";

const HANDLERS = {
  rate_limited: slow,
  busy,
  identity: (chat) => (chat.identity || isIdle(chat.outbox) ? signIn : forget)(chat),
  token: forget,
  closed: (chat) => (chat.state = "closed"),
  origin: refuse,
  unknown_site: refuse,
};

export function onError(chat, frame) {
  const end = Object.hasOwn(HANDLERS, frame.code) ? HANDLERS[frame.code] : fail;
  end(chat, frame, chat.outbox.find(frame.id));
}

function slow(chat, { retry_after: seconds = 3 }, item) {
  if (item) Object.assign(item, { sentAt: 0, due: Date.now() + seconds * 1000 });
  chat.notify(say("slow", { n: seconds }), seconds);
}

/** The server's trouble, not the customer's. */
function busy(chat, frame, item) {
  slow(chat, frame, item);
  chat.notify(say("busy", { n: frame.retry_after }) || frame.text);
}

const isIdle = ({ asks, wantsHuman }) => !asks.length && !wantsHuman;

/** The conversation is a signed-in customer's: without a page that says anew who is there, it waits to be told. */
function signIn(chat) {
  const { link, identity } = chat;
  chat.identity = undefined;
  chat.notify(say("signin"), 20);
  identity ? link.dial() : link.stop();
}

/** A new conversation takes along what was said and not sent, the wish for a person too. */
function forget(chat) {
  const { wantsHuman } = chat.outbox;
  chat.renew();
  chat.outbox.wantsHuman = chat.asked = wantsHuman;
  chat.start();
}

function refuse(chat, { text }) {
  chat.refused = true;
  chat.stop();
  console.error("Handrail: " + text);
}

function fail(chat, { code, text }, item) {
  if (!item) return chat.notify(text);
  const known = code === "blocked" || item.offer !== undefined;
  item.failed = known ? text : say(code === "too_long" ? code : "wrong");
  chat.view.addPending(item);
}
