/* One socket, dialled again until told to stop.
 *
 * Laws: a fresh socket and hello is the one way to resume, to resync and to change who is signed in. It is up from the
 * server's welcome on, not before. Who lost the server does not come back at the same moment as all others.
 */
import { serverAddress } from "../snippet.js";

const WELCOME = 10_000; // milliseconds; longer, and the socket is as good as dead
const LONGEST = 30_000;

export class Link {
  constructor(hello, receive) {
    Object.assign(this, { hello, receive, tries: 0 });
    addEventListener("online", () => this.wanted && !this.up && this.dial());
  }

  start() {
    if (this.wanted) return;
    this.wanted = true;
    this.downSince = Date.now();
    this.dial();
  }

  stop() {
    this.wanted = false;
    this.hangUp();
  }

  dial() {
    this.hangUp();
    const socket = (this.socket = new (this.wire || WebSocket)(serverAddress("/ws/chat/").replace(/^http/, "ws")));
    socket.onopen = () => socket.send(JSON.stringify(this.hello()));
    socket.onclose = () => this.redial();
    socket.onmessage = ({ data, frame }) => this.onFrame(frame || JSON.parse(data));
    this.timer = setTimeout(() => this.redial(), WELCOME);
  }

  onFrame(frame) {
    this.heard = Date.now();
    if (frame.type === "welcome") {
      clearTimeout(this.timer);
      this.up = true;
      this.tries = 0;
    }
    this.receive(frame);
  }

  /** The next time another way, where there is one: where sockets are blocked, the same frames go as requests. */
  redial() {
    this.hangUp();
    [this.wire, this.spare] = [this.spare, this.wire];
    const pause = Math.min(LONGEST, 500 * 2 ** this.tries++) * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.dial(), pause);
  }

  hangUp() {
    clearTimeout(this.timer);
    if (this.up) this.downSince = Date.now();
    this.up = false;
    if (this.socket) Object.assign(this.socket, { onopen: null, onmessage: null, onclose: null }).close();
  }

  send(frame) {
    if (!this.up || this.socket.readyState !== 1) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Seconds without a server, while one is wanted. */
  get silence() {
    return this.wanted && !this.up ? (Date.now() - this.downSince) / 1000 : 0;
  }
}
