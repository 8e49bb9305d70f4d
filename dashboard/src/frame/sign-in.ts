import { useMutation } from '@tanstack/react-query'
import { browserPublicKey } from '../api/browser-key.ts'
import { callApi } from '../api/request.ts'
import type { SignInAnswer, SignInBody } from '../api/types.ts'
import { paths } from '../paths.ts'
import { useStartAnew } from './session.ts'

export type ShownAtSignIn = Omit<SignInBody, 'browser_key'>

/** Signs in and goes on to `next`; the session is bound to the key that never leaves this browser. */
export function useSignIn(next: string) {
  const startAnew = useStartAnew()
  return useMutation({
    mutationFn: async (shown: ShownAtSignIn) =>
      callApi<SignInAnswer>({
        method: 'POST',
        path: '/sign-in',
        body: { ...shown, browser_key: await browserPublicKey() },
      }),
    onSuccess: ({ outcome, enrolling, kept_factors: kept }) => {
      if (outcome !== 'done') return
      startAnew(enrolling ? paths.secondFactor(next) : kept ? paths.keptFactors() : next)
    },
  })
}
