/* Names that the widget makes, and names that it reads.
 *
 * Laws: a token is the server's to judge; here it only says whether the customer is still the same one. A host page may
 * have changed `Array.from`, as old libraries do.
 */
export const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Whom a token names. */
export function subject(jwt) {
  try {
    return JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub;
  } catch {
    return jwt;
  }
}
