/** Why an attachment could not be fetched from its address: one word for the database, and what the account reads. */

const sentences = {
  not_public: 'its address leads into a private or special network',
  not_found: 'the name of its host does not exist',
  unreachable: 'its host could not be reached',
  timeout: 'its host took too long',
  refused_status: 'its host did not answer with the file',
  too_many_redirects: 'its host redirected more than 3 times',
  bad_redirect: 'its host redirected to an address that cannot be used',
  too_large: 'the attachments of the message are larger than 40 MB together',
  encoded: 'its host answered in a compressed form that was not asked for',
  cut_short: 'its host ended the answer before the whole file had come',
} as const

export type FetchFailure = keyof typeof sentences

/** A clause without its full stop. */
export function fetchFailure(word: string | null): string {
  if (word !== null && Object.hasOwn(sentences, word)) return sentences[word as FetchFailure] // just checked
  return 'its host did not give it'
}
