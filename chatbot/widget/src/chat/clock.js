/* How long ago something was.
 *
 * Law: what has not happened is never old.
 */
export const isOlder = (since, seconds) => since && Date.now() - since > seconds * 1000;
