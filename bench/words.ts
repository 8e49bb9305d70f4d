/** Words for the benchmark's messages, the common ones first. */
export const words =
  `the to and your you of a in for is on with our this we are it from that at be or as have will can
all now more new order if by not get one out so up about here time please when what just has was also free day they any
see email today week only make like their help than find us no offer first price need off best over each
many save every under store shop back take good last next year use how after before product team work people small list
home gift size colour delivery arrives tomorrow morning evening weekend summer winter autumn spring season collection
garden kitchen window table chair lamp cotton linen wool leather paper glass wooden steel ceramic bottle basket blanket
jacket trousers shirt boots scarf gloves bicycle helmet saddle lantern tent compass kettle teapot coffee roasted beans
chocolate almond honey lemon orange cherry pepper saffron olive vinegar bread flour butter cheese recipe dinner supper
breakfast picnic journey station platform ticket luggage harbour ferry island mountain valley river forest meadow path
village market museum theatre concert orchestra painter novel chapter author library reader letter envelope stamp
invoice receipt payment refund account balance statement discount voucher member invitation reminder notice update
version feature release security password address profile settings support question answer customer service warranty
repair workshop engineer designer carpenter gardener teacher student holiday festival birthday wedding anniversary
celebrate discover explore consider compare choose deliver receive return replace measure improve remember forget
suggest prepare arrange confirm cancel renew upgrade download subscribe unsubscribe preference schedule calendar
quarter annual monthly weekly daily hourly sudden gentle bright quiet narrow generous curious familiar ordinary
remarkable practical durable lightweight waterproof handmade seasonal regional sustainable recycled organic local`.split(
    /\s+/,
  )
