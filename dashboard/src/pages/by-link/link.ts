/** What a link is for, before it is used. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { answerQuery } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { GetLinkAnswer } from '../../api/types.ts'
import { signInOptions } from '../../frame/single-sign-on.ts'
import type { LoaderInput } from '../../page.ts'

export function linkPath(token: string): string {
  return `/links/${segment(token)}`
}

export async function loadLink({ client, params }: LoaderInput) {
  await Promise.all([
    client.ensureQueryData(answerQuery<GetLinkAnswer>(linkPath(params.token ?? ''))),
    client.ensureQueryData(signInOptions),
  ])
}

export function useLink(): { token: string; link: GetLinkAnswer } {
  const { token = '' } = useParams({ strict: false }) as { token?: string } // each pattern of these pages has one
  return { token, link: useSuspenseQuery(answerQuery<GetLinkAnswer>(linkPath(token))).data }
}
