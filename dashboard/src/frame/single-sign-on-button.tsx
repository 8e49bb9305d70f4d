/** The button that leads to the provider; nothing where there is none. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { LogIn } from 'lucide-react'
import { Button, type ButtonProps } from '../ui/button.tsx'
import { Problem } from '../ui/problem.tsx'
import { type Intent, signInOptions, useGoToProvider } from './single-sign-on.ts'

export function SingleSignOnButton({
  intent,
  again = false,
  look,
  words = 'Sign in with',
}: {
  intent: Intent
  /** The provider shall ask anew who it is. */
  again?: boolean
  look?: NonNullable<ButtonProps['look']>
  /** Before the name of the provider. */
  words?: string
}) {
  const { single_sign_on: offered } = useSuspenseQuery(signInOptions).data
  const going = useGoToProvider()
  if (!offered) return null
  return (
    <div className="grid gap-3">
      <Button
        {...(look && { look })}
        icon={<LogIn className="size-4" aria-hidden />}
        isBusy={going.isPending || going.isSuccess}
        onClick={() => going.mutate({ intent, again })}
        className="whitespace-normal"
      >
        {words} {offered.name}
      </Button>
      <Problem>{going.error?.message}</Problem>
    </div>
  )
}
