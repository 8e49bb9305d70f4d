import { useSuspenseQuery } from '@tanstack/react-query'
import { signInOptions } from '../frame/single-sign-on.ts'
import { SingleSignOnButton } from '../frame/single-sign-on-button.tsx'
import type { LoaderInput } from '../page.ts'
import { paths } from '../paths.ts'
import { SignedOut } from '../ui/signed-out.tsx'
import { AskForLink } from './ask-for-link.tsx'

export const title = 'Make an account'

export function loader({ client }: LoaderInput) {
  return client.ensureQueryData(signInOptions)
}

export function View() {
  const { single_sign_on: offered } = useSuspenseQuery(signInOptions).data
  const intent = { next: paths.start(), signsUp: true } as const
  if (offered?.required) {
    return (
      <SignedOut title={title} hint="The address is the one that you have there.">
        <SingleSignOnButton intent={intent} words="Go on with" look="primary" />
      </SignedOut>
    )
  }
  return (
    <AskForLink
      title="Make an account"
      hint="We write to your address first, to see that it is yours."
      action="Send the link"
      path="/sign-ups"
      lifetime="24 hours"
      otherWay={<SingleSignOnButton intent={intent} words="Go on with" />}
    />
  )
}
