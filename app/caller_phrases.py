"""What simulated callers say: turns, interruptions, short answers, talk to somebody else; a set for tuning, one for judging.

One rule: nothing is quoted, and TUNING and JUDGING share no phrase. Whoever writes a rule of turn-taking may look at what
it does to TUNING; JUDGING is only ever measured. Its short answers and interruptions are in no lexicon (a test).

A turn is written as it would be said without a pause. Where it may stop is derived from it (app/callers.py): at a comma,
at a full stop that is not the last, between any two words, or behind a filler put there.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.caller_talk import TALK
from app.caller_turns import MORE


@dataclass(frozen=True)
class Phrases:
    """One set. Each phrase is said as it stands."""

    turns: tuple[str, ...]
    backchannels: tuple[str, ...]  # short answers that leave the floor
    interruptions: tuple[str, ...]
    asides: tuple[str, ...]  # said to somebody else in the room
    fillers: tuple[str, ...]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())


JUDGING = Phrases(
    turns=_lines("""
        I was hoping to move my appointment to next Tuesday, if that's possible.
        Yes, the blue one please.
        Could you tell me how long the drive to the coast usually takes?
        My sister gave me this old camera. I think it was made in the seventies.
        What's the best way to get rid of ants in the kitchen?
        It started making a strange noise last night. Now it won't turn on at all.
        No, I don't think so.
        We're planning a trip to Norway in June, and we still need a place to stay near the harbour.
        Do you know any good stories about the moon?
        I like both of them. The second one is a bit too expensive for me.
        Please remind me to call my mother after lunch.
        When I was a child, we used to spend every summer at my grandfather's farm.
        About half past nine.
        I'd like to learn the guitar, but I never seem to find the time for it.
        Can you explain that again? I didn't follow the second part.
        The bread was fresh, the soup was hot, and the waiter was very kind to us.
        My flight was cancelled this morning. I need to be in Berlin by six.
        Why do cats always land on their feet?
        I guess it depends on the weather.
        Two adults and one child.
        I finished the book you told me about. The ending surprised me.
        Turn off the lights in the hall.
        It's somewhere between the library and the old post office, on the left side of the street.
        How many people live in Iceland?
        Well, my brother said he would come, but his car broke down on the way.
        That was my favourite song when I was at school.
        I've been feeling tired all week. Maybe I should go to bed earlier.
        Is there a train that leaves before seven?
        The garden looks lovely in spring, when the cherry tree is in bloom.
        Tell me something I don't know about whales.
        I can do Monday or Wednesday. Thursday is difficult for me.
        Not really.
        She works at a small company that makes wooden toys for very young children.
        Would you rather live in the city or in the mountains?
        The second page is missing. Could you send me the whole document again?
        I put the keys on the table, and then I forgot where I had left my bag.
        My neighbour plays the trumpet every evening.
        What should I cook for six people? One of them doesn't eat meat.
        I'm looking for a present for my father, who already has everything.
        Let's talk about something more cheerful.
        It was raining so hard that we had to stop the car. After an hour it cleared up.
        Sure, that works for me.
        Have you ever heard of a fruit that tastes like chocolate?
        There are three reasons why I left that job. The first one is the boss.
        My phone number ends with four seven two.
        If the shop is closed tomorrow, I will have to ask my cousin for help.
        I don't remember the name of the actor.
        We met at a wedding in Portugal. He was the only person I knew there.
        How do you spell your name?
        I want a large coffee with milk, and a slice of the lemon cake.
        The doctor told me to walk more. So I bought a dog.
        Where did you learn to speak like that?
        Honestly, I would just throw it away and buy a new one.
        The film was long. It was worth every minute though.
        Play some quiet music for the evening.
        My daughter is afraid of the dark, so we always leave a small lamp on.
        What happens when you mix vinegar with baking soda?
        I parked behind the theatre. Is that allowed on Sundays?
        Yesterday.
        In the end we decided to stay at home and watch the snow.
        Could we go through the list once more, from the beginning?
        I paint the walls first, and then I do the windows and the door.
        Who wrote the song about the yellow boat?
        I tried the new bakery. The rolls are better than the cakes.
        It's my first time here, so I'm a little nervous.
        Give me a minute to find my glasses.
        The river froze last winter. We skated all the way to the bridge.
        Are you sure about the date of the concert?
        I'd say it's about four kilometres from the station.
        My son wants to become a pilot, although he has never been on a plane.
    """),
    backchannels=_lines("""
        Gotcha.
        True.
        Fair enough.
        Absolutely.
        That's great.
        Totally.
        I hear you.
        Good point.
        No kidding.
        Aha.
        Cool.
        Interesting.
        You bet.
        Definitely.
        Indeed.
        That's true.
        Very good.
        Goodness.
        Sounds good.
        For sure.
        Amazing.
        Perfect.
        I bet.
        Lovely.
        Fantastic.
        How nice.
        Understood.
        Certainly.
        Oh dear.
        Hmm.
        Good for you.
        Makes sense to me.
    """),
    interruptions=_lines("""
        Hang on a minute.
        No no no, that's wrong.
        Let me jump in here.
        Sorry, who is that?
        Can you say that again?
        That's not what I asked.
        I need something else.
        Could we talk about the price?
        Excuse me.
        One second.
        Just a moment please.
        Quiet please.
        I already know that, skip ahead.
        Which one was it?
        Before you go on, where is it?
        Slow down a little.
        Forget it, let's do something different.
        Enough of that.
        Please be quiet.
        I have a question.
        What about Thursday?
        My name is Daniel, not David.
        Go back to the first one.
        How much does it cost?
        Is that included?
        Never mind.
        I don't want that.
        We tried that already.
        Listen, my train is leaving.
        You misunderstood me.
        Tell me about the other one.
        Cancel that.
        Why would I do that?
        Actually, make it two.
        Not now.
        The other way round.
        You can stop there.
        But I live in Canada.
    """),
    asides=_lines("""
        Did you feed the dog?
        I'm on the phone, I'll be there in a minute.
        Put it on the shelf over there.
        Dinner is almost ready.
        Have you seen my charger?
        Close the door please, it's cold.
        The parcel is for the neighbours upstairs.
        What time is your match tomorrow?
        Leave your shoes in the hall.
        Take an umbrella with you.
        She said she'd be home by eight.
        Not the red one, the other one.
        Can you take the pizza out of the oven?
        I left some money on the table for you.
    """),
    fillers=("er,", "hmm,", "you know,", "let me see,", "um,"),
)

TUNING = Phrases(
    turns=_lines("""
        I need to change my booking for Saturday, because my parents are coming.
        The green one.
        How far is it from the airport to the centre of town?
        We bought a house last year. It needs a new roof.
        Can you help me write a letter to my landlord?
        The screen went black in the middle of the meeting. I tried to restart it twice.
        No, thank you.
        I'm going to Italy with three friends in September, and none of us speaks Italian.
        What is the tallest building in the world?
        The red shoes are nice. I'm not sure about the size.
        Set an alarm for a quarter to seven.
        When the children are asleep, I like to sit on the balcony with a cup of tea.
        Maybe tomorrow.
        I would love to come to the party, but I have to work late that day.
        Could you repeat the address? I was looking for a pen.
        We had fish, potatoes, and a salad with far too much vinegar.
        I lost my wallet on the bus. It has all my cards in it.
        Why is the sky blue?
        I don't mind at all.
        One return ticket to Leeds.
        My uncle built that boat himself. It took him eleven years.
        Open the window a little.
        The museum is next to the park, just across the road from the big hotel.
        Who was the first person on the moon?
        Actually, my wife wanted to call you, but she lost her voice.
        It's the best pie I have ever eaten.
        I sleep badly these days. My neighbour has a new baby.
        Is there anything good on television tonight?
        The path goes up through the forest, past a lake, and then down to the village.
        Teach me a word in Spanish.
        I can pay half of it now. The rest has to wait until March.
        I think so.
        He runs a little restaurant that only serves soup and fresh bread.
        Should I take the bus or walk?
        The printer says it is out of paper. I filled it up this morning.
        I washed the car, and then it rained for three days.
        My teacher used to say that all the time.
        What can I do with a lot of apples? I don't have an oven.
        I want to surprise my best friend, who turns forty on Friday.
        Let's start with the easy questions.
        The band stopped playing at ten. Nobody wanted to leave.
        Of course.
        Have you read the one about the sailor and the fox?
        I have two problems with this plan. One of them is money.
        The code is nine one five three.
        If it gets too cold in here, we can light a fire.
        I forgot the name of the street.
        My boss is very strict. She is fair to everyone though.
        Where does the word salary come from?
        I'll have the vegetable curry, and some rice on the side.
        The vet says he is too fat. We give him less food now.
        Do you ever get bored?
        To be honest, I expected something a bit more modern.
        The hotel was cheap. The beds were awful.
        Show me the way to the nearest bank.
        My son can't eat nuts, so please leave them out of the cake.
        How does a bicycle stay upright?
        I work from home on Fridays. Can we meet then?
        Last week.
        After all that we missed the boat and had to walk back.
        Would you go over the second point again, a bit more slowly?
        You peel the onions, chop them, and fry them in butter.
        Which team won the cup in that year?
        I called the plumber. He can't come before Monday.
        I moved here two months ago, so I don't know many people.
        Wait a moment while I look for my notes.
        The cat climbed onto the roof. The firemen had to get her down.
        Are they open on public holidays?
        It should take you about twenty minutes on foot.
        My aunt paints flowers, although she never sells them.
    """)
    + _lines(MORE)
    + _lines(TALK),
    backchannels=_lines("""
        Mm-hm.
        Uh-huh.
        Yeah.
        Right.
        Okay.
        Sure.
        I see.
        Got it.
        Yes.
        Oh.
        Wow.
        Really?
        Mm.
        Exactly.
        Makes sense.
        Oh, okay.
        Yeah, yeah.
        I know.
        Of course.
        Nice.
        No way.
        Alright.
        Great.
        Oh, wow.
        Right, right.
        That's right.
        Oh, I see.
        Good.
        Is that so.
        Wonderful.
    """),
    interruptions=_lines("""
        Wait.
        Stop.
        Hold on.
        Wait, stop.
        No, wait.
        Sorry, can I ask something?
        What do you mean?
        That's not right.
        Let me finish.
        I wanted to ask about the hotel.
        Could you repeat that?
        Okay, but what about the money?
        Actually, I changed my mind.
        Hang on.
        Can we talk about something else?
        I don't understand.
        Shut up.
        Hey, listen.
        How long does that take?
        No, I said Friday.
        Please stop.
        That's enough.
        Where was that?
        Who told you that?
        Tell me a joke instead.
        Just give me the short version.
        I have to go now.
        Yeah, but that's not the point.
        When does it open?
        Pause for a second.
    """),
    asides=_lines("""
        Where did you put the scissors?
        Your father is calling you.
        The kettle is boiling.
        No, you can't have another biscuit.
        I'll be down in five minutes.
        Turn the television down please.
        Are you coming with us or not?
        It's in the drawer next to the sink.
        Somebody is at the door.
        Don't let the cat out.
    """),
    fillers=_lines("""
        um,
        uh,
        so,
        like,
        I mean,
        well,
        you know,
        er,
        hmm,
        erm,
        let's see,
        let me think,
        you see,
        sort of,
        kind of,
        anyway,
        basically,
        okay so,
        how shall I put it,
        what's it called,
        ah,
        oh,
        uh huh,
        right,
        I guess,
        mm,
        actually,
        well um,
        and uh,
    """),
)
