import { AskForLink } from './ask-for-link.tsx'

export const title = 'Make an account'

export function View() {
  return (
    <AskForLink
      title="Make an account"
      hint="We write to your address first, to see that it is yours."
      action="Send the link"
      path="/sign-ups"
      lifetime="24 hours"
    />
  )
}
