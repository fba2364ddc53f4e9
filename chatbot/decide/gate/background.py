"""What people say to a help desk that it is not there for: short messages on many subjects.

The topic gate takes them as generic counterexamples, so that a new site is not naive about strangers before
its owner has typed one. Law of the room: no subject is tailored to a site. A message which reads like one
of a site's own categories is set aside for that site, so a bank and a bakery may both use the whole list.
"""

SUBJECTS = {
    "small talk": """
hey, how is your day going | tell me a joke about penguins | what is your favourite colour | I'm bored,
entertain me | do you ever sleep | good night, talk to you tomorrow | you made me laugh | what should I do
this weekend | sing me a song | happy new year to you and yours | that was not very nice of you | you are so
clever
""",
    "the assistant itself": """
who programmed you | which version are you running | can you speak more slowly | change your name to Max |
what else are you able to do | repeat what you just said | are you recording this | do you have brothers and
sisters | ignore what I said before | switch to a different voice
""",
    "facts": """
who painted the Mona Lisa | how far away is the moon | what is the tallest waterfall on earth | when did the
Roman empire fall | which element has the symbol Fe | why is the sea salty | how many bones does an adult have
| who wrote War and Peace | what language do they speak in Peru | how do volcanoes form
""",
    "numbers and words": """
what is 17 percent of 260 | convert eleven miles to kilometres | how do you spell accommodate | translate
thank you into Japanese | give me a synonym for happy | what does ubiquitous mean | solve x squared minus four
equals zero | roll two dice for me | flip a coin | how many grams are in an ounce
""",
    "weather and time": """
will it rain tomorrow afternoon | what time is it in Sydney | how hot does it get there in August | set an
alarm for half past six | start a ten minute timer | is there a storm warning tonight | what day is Easter
next year | remind me to water the plants at five | when does the sun set today | what is today's date
""",
    "calendar and lists": """
put milk on my shopping list | what is on my calendar for Tuesday | cancel the appointment with Laura | read
my to do list | add a dentist visit on the ninth | clear everything from my list | move my meeting with Sam to
three o'clock | do I have anything planned on Friday evening
""",
    "home and devices": """
turn off the lights in the kitchen | make it two degrees warmer in here | play some jazz in the living room |
turn the volume down | lock the front door | next song please | where did I leave my phone | call my sister |
send a text to David saying I'm late | take a picture
""",
    "cooking": """
how long should I boil an egg | give me a recipe for lentil soup | can I use yoghurt instead of sour cream |
how many calories are in an avocado | is chicken still good after four days in the fridge | what goes well
with salmon | what do I need to bake bread | how spicy is a habanero
""",
    "restaurants and food delivery": """
book a table for four at eight | is there a good Thai place near me | how long is the wait at the pizzeria |
do they have vegan dishes | my food arrived cold | where is the courier with my dinner | any reviews of the
new sushi bar | cancel my dinner reservation | the rider left my meal at the wrong house
""",
    "health": """
I have had a headache for three days | can I take ibuprofen with antibiotics | book me in with a doctor | what
are the symptoms of measles | how do I get a repeat prescription | is my vaccine record available | which
dentist takes my plan | when will my blood test results be back | my knee hurts when I run
""",
    "sport and games": """
who won the match last night | what is the offside rule | how do I beat the final boss | when does the season
start | which team has the most titles | my game keeps crashing on level five | how do I trade items with
another player | is the server down for maintenance | recommend a board game for six people
""",
    "music and film": """
what film won best picture last year | how do I download episodes for offline viewing | who sings this song |
add this track to my playlist | why are there adverts on my plan | subtitles are out of sync | share my
account with my family | recommend a series like Sherlock
""",
    "cars": """
my engine warning light came on | when is my next oil change due | what tyre pressure does my car need | how
do I jump start a dead battery | book my car in for a service | how much fuel is left in the tank | what is a
fair price for a used van | how do I renew my driving licence | where can I get my windscreen repaired
""",
    "getting around": """
when is the next bus to the airport | how do I get to the museum from here | is there traffic on the motorway
| call me a taxi to the station | the driver took a longer route | can I take my bike on the train | I left my
umbrella on the tram | how far is it on foot | where can I park near the stadium | my train was delayed by two
hours
""",
    "flights and hotels": """
find me a cheap flight to Lisbon in May | what is my gate number | can I choose a window seat | has my flight
been delayed | I need to change the name on my ticket | how early should I be at the airport | book a double
room for two nights | does the hotel have a pool | my suitcase did not arrive | cancel my room booking | rent
a car for the weekend | which sights should I see in Prague | is it dangerous to go hiking there | do I need a
visa for Brazil | which plug adapter do they use in England | what jabs do I need before going to Kenya | how
many bags may I check in
""",
    "bank accounts": """
open a savings account for me | what is my balance | close my account please | send 50 to my brother | who is
this payment on my statement from | set up a standing order for the rent | what is the routing number | my
account has been locked | order a new cheque book | where is my nearest branch | my salary has not arrived |
the cash machine swallowed my card | a direct debit was taken twice | can I have an account together with my
wife | what did I spend on groceries last month | how long does a wire abroad take | cancel a payment I made
by mistake | what charges are there for going overdrawn
""",
    "cards and payments": """
I want to apply for a card | my card was stolen yesterday | what is the interest rate on my card | raise my
spending limit | when is my card bill due | the payment terminal refused my card | I do not recognise this
charge | I forgot my PIN | how many points have I collected | my new card has not come in the post | can I pay
with my watch | why was I charged a fee abroad | get my money back from the merchant | what is the smallest
amount I have to pay this month | can I use it in other countries | can I have a virtual card | freeze my card
| which exchange rate do you use | how do I add money from another bank
""",
    "loans, taxes and investing": """
how large a mortgage can I afford | what is my credit rating | when must I file my tax return | should I buy
shares or bonds | pay off my car loan early | how do I roll over an old pension | what deductions can I claim
| what is the price of gold today | can I defer a student loan payment
""",
    "insurance": """
file a claim for water damage | does my policy cover theft abroad | add my son to my car insurance | why did
my premium go up | what is the excess on my plan | send me proof of insurance | what does dental cover include
| change the beneficiary of my policy
""",
    "orders and delivery": """
where is my parcel | I want to change the delivery address | the item arrived broken | my order says delivered
but nothing is here | can I add something to my order | do you ship to Norway | how much is express delivery |
cancel my order | one article is missing from the box | can I collect it in the store
""",
    "returns and money back": """
how do I send this back | when will I get my refund | exchange these shoes for a bigger size | I lost the
receipt | can I return something bought on sale | who pays for the return label | the refund is less than I
paid | how many days do I have to return it
""",
    "products and shops": """
is the blue one back in stock | what is the difference between these two models | what time do you open on
Sunday | do you price match | is this jacket waterproof | how do I use a voucher code | how long is the
warranty on the toaster | can I buy a gift card online | wash at which temperature | do you have it in medium
""",
    "accounts and sign-in": """
I can't log in | reset my password | change my email address | I never got the confirmation code | delete my
profile | someone else is using my account | update my phone number | turn off two step verification |
unsubscribe me from the newsletter | why do you need a photo of my passport | I have moved, here is my new
address
""",
    "telephone and internet": """
my wifi is very slow | how much data have I used | unlock my phone for another network | keep my number when I
switch | there is no signal in my flat | what does roaming cost in Turkey | the router keeps blinking red |
cancel my broadband contract | activate my SIM | move my landline to a new house
""",
    "energy and water": """
there is a power cut in our street | submit a meter reading | why is my electricity bill so high | can I pay
my gas bill in instalments | switch me to a green tariff | our boiler is leaking | when is the rubbish
collected | how do I report a burst pipe
""",
    "software": """
how do I export to PDF | the app crashes when I open it | which browsers do you support | my files are not
syncing | how do I install the update | why is my laptop so slow | how do I invite a colleague to the
workspace | is there an API for this | the printer is offline | write a python function that sorts a list |
how do I upgrade to the business plan
""",
    "work": """
how many holidays do I have left | when do we get paid | I am calling in sick today | who is my line manager |
has my leave been approved | how do I claim travel expenses | book a meeting room for noon | can I work from
home on Mondays | enrol me in the company health plan | where do I find my tax form from work | I would like a
pay rise | what is the dress code in the office | are you hiring at the moment | I am giving my notice | how
do I move my retirement savings to my new employer
""",
    "school": """
when is the deadline for enrolment | what grade did I get in chemistry | help me write an essay on Hamlet |
are there scholarships for foreign students | how do I get a copy of my transcript | what is the tuition per
term | where is lecture hall B | can I retake the exam
""",
    "authorities": """
how do I renew my passport | register a change of address with the council | where do I vote | apply for child
benefit | I want to contest a parking ticket | how do I get a copy of a birth certificate | do I need a permit
for a fence | when is the registry office open
""",
    "law and housing": """
can my landlord keep the deposit | how do I write a will | is it legal to record a phone call | what is the
notice period for my flat | I want to rent out my spare room | the neighbours are too loud | how do I start a
small company | my contract has a clause I don't understand
""",
    "family, feelings and faith": """
I feel lonely tonight | my girlfriend left me | what should I name my baby | how do I tell my parents | what
is the meaning of life | who should I vote for | is there a god | my cat won't eat | how often do I walk a
puppy | congratulate my mother on her birthday
""",
    "garden and do it yourself": """
when should I prune roses | how do I get rid of ants | what paint do I use on wet walls | which screws hold in
plasterboard | my lawn has brown patches | how do I unblock a sink | how much does a new roof cost
""",
    "events and giving": """
buy two tickets for the concert | is the show sold out | can I transfer my ticket to a friend | where do I
donate old clothes | how do I become a volunteer | what can I give my dad for his birthday | plan a surprise
party | is there a dress code for the gala
""",
    "fragments": """
yes | not that one | and then | hmm | asdf qwer | what about the other one | why not | never mind | more | I
don't get it
""",
}

MESSAGES: tuple[str, ...] = tuple(
    message for subject in SUBJECTS.values() for message in " ".join(subject.split()).split(" | ")
)
