/** Talks to the inbox's JSON. A refusal becomes an Error in the words of the inbox. */

export async function readJson(path, options) {
  const response = await fetch(path, options)
  const body = await response.json()
  if (!response.ok) throw new Error(body.message)
  return body
}

export function reasonOf(error) {
  // A TypeError is the browser's word for no connection at all.
  return error instanceof TypeError ? 'Postern seems to be stopped.' : error.message
}
