import { AskForLink } from './ask-for-link.tsx'

export const title = 'Forgot password'

export function View() {
  return (
    <AskForLink
      title="Forgot your password?"
      hint="We write you a link to choose a new one. Your second factor is asked for as before."
      action="Send the link"
      path="/password-resets"
      lifetime="20 minutes"
    />
  )
}
