/** The ways for who comes by a link: a password of their choice, or single sign-on where there is one. */
import { useSuspenseQuery } from '@tanstack/react-query'
import type { GetLinkAnswer } from '../../api/types.ts'
import { signInOptions } from '../../frame/single-sign-on.ts'
import { SingleSignOnButton } from '../../frame/single-sign-on-button.tsx'
import { PersonForm } from './person-form.tsx'

export function NewPerson(props: { token: string; link: GetLinkAnswer; next: string }) {
  const { token, next } = props
  const { single_sign_on: offered } = useSuspenseQuery(signInOptions).data
  if (!offered) return <PersonForm {...props} />
  const way = { intent: { next, token }, words: 'Go on with' }
  if (offered.required) return <SingleSignOnButton {...way} look="primary" />
  return (
    <>
      <SingleSignOnButton {...way} />
      <p className="flex items-center gap-3 text-ink-soft before:h-px before:grow before:bg-line after:h-px after:grow after:bg-line">
        or choose a password
      </p>
      <PersonForm {...props} />
    </>
  )
}
