"""Still more that callers of the tuning set say, nearer to how people talk to somebody who helps: what went wrong, what
is wanted and how much of it, names and numbers, answers to a question, tales that go on after a full stop.

One rule: as in app/caller_phrases.py: nothing is quoted, and no phrase is one of the judging set's. Many a first
sentence here could have been the last: nobody sees whether more comes, and no rule must be fitted to a few that it
knows.
"""

from __future__ import annotations

TALK = """
    The parcel never came.
    The parcel never came. The tracking page says it was delivered on Monday.
    I ordered two of these lamps, but there was just one in the box.
    There is a mistake on my bill. You charged me for a room that I never booked.
    My internet drops out every evening, usually around eight.
    I've already restarted the router. That didn't change anything.
    The washing machine leaks when it spins, and the floor is wet.
    It was supposed to be a surprise. Then somebody told her.
    I'm not happy with the haircut. It's far too short at the back.
    The screen flickers, and after a while it turns black.
    Somebody has parked in front of my garage. I can't get out.
    You promised to call me by noon. It's nearly four.
    I'd like my money back.
    The seat was broken, the food was cold, and nobody apologised.
    This is the third time I'm calling. Can I talk to somebody in charge?
    The handle came off when I opened the drawer.
    I was told it would take two days. It has been two weeks.
    The sleeves are too long, so I'd like to exchange it for a smaller one.
    Well, it works, but it's terribly slow.
    The app keeps asking for a code that I don't have.
    I can't log in any more. It says my password has expired.
    Your driver left it in the rain. Everything inside is soaked.
    It smells of gas in the corridor.
    My order number is eight eight four two zero.
    It starts with a B, then there are three digits.
    My surname is Kowalski, with a K at the beginning and an I at the end.
    It's spelled with two Ls and one T.
    The postcode is N five, two Q P.
    The number is oh seven nine, three three one, double six.
    That's M for Mary, A for apple, and C for cat.
    My birthday is the fourteenth of March, nineteen eighty three.
    It expires in September next year.
    Around two hundred grams.
    Three hundred and sixty five.
    At a quarter to eleven, I think.
    Half of it today, the rest on Thursday.
    Between fifty and sixty, but I'm not certain.
    One metre eighty.
    Room four hundred and twelve, on the top floor.
    Flight number six zero nine, to Lisbon.
    Twenty past seven. No, twenty past eight.
    Yes.
    Yes, I did.
    No.
    No, never.
    No, it was my brother who said that.
    Yes, but only for a short while.
    Sure. What would you like to know?
    That's fine with me.
    I don't mind.
    Perhaps. It depends on who else is coming.
    I suppose so.
    Not that I know of.
    Both, if possible.
    Neither, really. I'd rather stay in.
    The red one.
    The one next to the mirror.
    The first, I think. The second looks a little cheap.
    Tea, please, without sugar.
    Chicken. My wife will have the fish.
    By train.
    In about ten minutes.
    Since last October.
    Because it was cheaper.
    Because I was afraid that I would miss the boat.
    To visit an old friend.
    With my parents, until I find a place of my own.
    Nobody in particular.
    Just a glass of water.
    Mainly for work, but I also use it for games.
    I'm an electrician.
    I'm a nurse. At the moment I work nights.
    I come from a small town near the border.
    I've got two sons and a daughter.
    It was great, thank you for asking.
    I'm all right. A bit tired, that's all.
    Not bad. We finally got the keys to the new flat.
    Set a timer for twelve minutes.
    Set an alarm for half past six, and another one for seven.
    Open the blinds in the bedroom.
    Skip this song.
    Make it a little warmer in here.
    Send a message to Laura. Tell her I'm running late.
    Delete the last photo, but keep the others.
    Write down that we are out of washing powder.
    Move the meeting to four o'clock, and let everybody know.
    Look up the opening hours of the swimming pool.
    Read the last paragraph again, please.
    Compare these two phones for me. I mostly take pictures.
    Go back to the previous page.
    Speak a bit louder.
    Explain it as if I were eight years old.
    Give me an example.
    Give me three ideas for a birthday party. It shouldn't cost too much.
    Tell me about the history of this castle, but keep it short.
    Suggest something for dinner. I've got rice, spinach, and half a pumpkin.
    Draw a line from here to there, then fold the paper.
    Mix the yeast with warm water. Wait until it foams.
    Cut the onions, and keep an eye on the sauce.
    Hold the ladder while I climb up.
    Whatever you do, don't press the green button.
    First unplug it. Then take off the cover.
    Turn left at the lights, and it's the second house.
    Can you hear me?
    Can you help me with my homework? It's about volcanoes.
    Could I have the bill, please?
    Could you check whether my train is on time?
    Could you recommend a book? Something light for the holidays.
    Would you say that's a fair price?
    Do you sell batteries for hearing aids?
    Do you have this in blue?
    Do I have to fill in both forms, or is one enough?
    Did anyone hand in a black umbrella yesterday?
    Does the bus stop near the hospital?
    Is it going to rain this afternoon?
    Is there anything cheaper? We don't need breakfast.
    Is that with or without tax?
    Are dogs allowed on the beach?
    Are you still there?
    Am I too late for the tour?
    Was that your idea?
    Have you been to Greece? We are thinking of going there.
    Has the doctor arrived yet?
    Should I take an umbrella?
    Will it hurt?
    Shall we say Thursday at three?
    What do you think?
    What would happen if the moon disappeared?
    What's the capital of Mongolia?
    What does this word mean?
    What size are you looking for?
    What did she say when you told her?
    What's your favourite film? Mine is an old western.
    When is the next appointment that you could offer me?
    When did the war end, and who won it?
    When was the last time you slept well?
    Where do penguins live?
    Where did I put my glasses? They were here a minute ago.
    Which of these plants can I put in a dark corner?
    Which way is north?
    Who invented the zip?
    Who's that man in the picture, the one with the hat?
    Whose turn is it to wash up?
    Why is the sea salty?
    Why didn't you tell me? I could have helped you.
    Why does my back hurt after I've been sitting all day?
    How do I turn this off?
    How do I get to the town centre from here?
    How much is it altogether?
    How many eggs do you need for that?
    How long have you been living in this house?
    How was your weekend? Ours was rather quiet.
    How about Saturday?
    So what happened next?
    And then what?
    And how much would that be per month?
    But isn't that dangerous?
    Or maybe we should ask my aunt. She knows everyone in the village.
    So you think I should sell it?
    We went camping last weekend. It rained the whole time.
    We went camping last weekend, and the tent blew away in the middle of the night.
    I met an old friend on the tram. We hadn't seen each other for ten years.
    I took the wrong bus, got off somewhere in the suburbs, and walked for two hours.
    There was a strange man at the market. He sold nothing but buttons.
    My uncle had a parrot. It could imitate the telephone.
    When we opened the wall, we found newspapers from nineteen twelve.
    When I woke up, the whole valley was white.
    When she finally arrived, dinner was cold and everyone had left.
    While I was cooking, the cat ate the butter.
    While we were waiting for the ferry, an old man told us how he used to catch eels.
    After the exam we went for pizza. Everybody was so relieved.
    Before my son was born, I used to travel a lot.
    As soon as the sun came out, the streets were full of people.
    One day he just packed his things and left.
    One night the power went out. We told each other ghost stories until morning.
    At first I thought it was thunder. It was the neighbour's drum kit.
    At the end of the street there was a little shop that sold stamps.
    In my first year at university I shared a room with a drummer.
    Years ago I lost my ring in the garden. Last week my daughter found it under a carrot.
    The funny thing is that he didn't even notice.
    The strange thing about this house is that every door opens the wrong way.
    The thing I remember best is the smell of the stables.
    The trouble is that I've already paid for it.
    The only problem is the noise.
    The dog ran off, the children cried, and my husband laughed.
    He knocked three times, but nobody opened.
    He looked at me as if I had two heads.
    She never said a word about it. I found out from the papers.
    She sings in a choir, plays the harp, and keeps bees.
    They got married in a barn. There were hens everywhere.
    They had run out of bread, so we ate the cheese with a spoon.
    It was so dark that I couldn't see my own hands.
    It took me four attempts to pass the driving test.
    It turned out that the key had been in my pocket all along.
    Nobody believed me. Then they saw the footprints.
    Suddenly there was a loud bang, and all the lights went out.
    In the end it was only a hedgehog.
    We laughed about it for weeks.
    I still dream about that place.
    If I were you, I'd wait until the sales start.
    If it doesn't fit, you can bring it back within a month.
    If you heat it slowly, it won't burn.
    If we leave now, we'll be there before dark.
    Unless the weather changes, we'll eat outside.
    Since you ask, I'd prefer the smaller table.
    Although I like him, I wouldn't lend him money.
    Even though it was raining, the square was packed.
    Because of the strike there are no trains today.
    Instead of flowers, she wanted a donation for the shelter.
    Apart from the price, everything was perfect.
    According to my sister, it's the best ice cream in the country.
    As for the garden, we'll do that next spring.
    In general I agree with you. There is just one thing I'd change.
    To be fair, he did warn us.
    To make it short, I need somebody who can drive a van.
    What I mean is that we should ask first.
    What I'd really like is a place with a bit of shade.
    What bothers me is the way he talks to the waiters.
    All I want is a quiet evening.
    The more I think about it, the less I like it.
    I'm thinking about buying an electric car. I'm not sure if it's worth it.
    I'm looking for a flat with two bedrooms, not too far from a park.
    I'm looking for something for my mother. She turns seventy next week.
    I'm trying to learn Polish. The grammar is driving me mad.
    I'm worried about my cat. She hasn't eaten since yesterday.
    I'm supposed to take these tablets twice a day, but I keep forgetting.
    I'm just calling to confirm my booking for Friday night.
    I'm planning to repaint the kitchen, maybe in a pale green.
    I'm interested in the evening course.
    I was wondering whether you could water my plants next week.
    I was going to call you yesterday, but my battery was flat.
    I need a plumber. Water is coming through the ceiling.
    I need to cancel my appointment, because my son is ill.
    I need a present for a girl who is six.
    I want to go somewhere warm, ideally with a beach.
    I want to know how vaccines work.
    I'd like to open an account, please.
    I'd like to report a lost wallet. It's brown, and there's a photo of a dog in it.
    I'd like a pizza with mushrooms, olives, and extra cheese.
    I'd love to, but I have to work.
    I have a question about my contract.
    I have a headache, a sore throat, and a slight fever.
    I have to be at the airport by five. Could you order me a taxi?
    I've been trying to reach you all morning.
    I've heard a lot about that restaurant. Is it really that good?
    I've never been good at numbers.
    I've decided to stop smoking. It's harder than I thought.
    I think the blue one suits you better.
    I think it's the pump, but I'm no expert.
    I thought we could take the children to the planetarium.
    I don't like the colour. The shape is fine.
    I don't think he did it on purpose.
    I don't know what to wear tonight.
    I can't decide between the mountains and the sea.
    I can't find the receipt, but I paid with my card.
    I can come on Tuesday, on Wednesday morning, or any time on Friday.
    I could pick you up at six, if that suits you.
    I used to be able to do that. Now my knees won't let me.
    I wish I could remember his name.
    I hope it's nothing serious.
    I bet you can't guess where I am right now.
    I saw a documentary about deep sea fish. Some of them glow.
    I read somewhere that octopuses have three hearts.
    I live on the fifth floor, and there's no lift.
    I grew up with four brothers. It was never quiet.
    I always put a pinch of salt in my coffee.
    I prefer the old version.
    I agree with you, more or less.
    I forgot to tell you that the gas man is coming at ten.
    I left my scarf in your car. Could you bring it tomorrow?
    I tried calling, I tried writing, and in the end I just went there.
    I suggest we meet at the station, under the clock.
    We need chairs, plates, a big pot, and somebody who can cook.
    We'd like to sit outside, if there is a free table.
    We're moving next month. Do you know anybody with a van?
    We're out of milk.
    We've got two cats, a rabbit, and a very old tortoise.
    We can either repair it or replace the whole thing.
    We should leave a bit earlier, just in case.
    We had a wonderful time. The children didn't want to leave.
    We're a group of nine, three of them under ten.
    You could try the chemist opposite the church.
    You need flour, water, salt, and a lot of patience.
    You were right about the paint. It's much too bright.
    You look tired. Did you sleep badly?
    You can't miss it. It's the only building with a blue roof.
    He's tall, he wears glasses, and he has a beard.
    He works for a bank, but what he really wants is to write songs.
    She's my cousin. Her mother and mine are sisters.
    She lives in Canada now, somewhere near the lakes.
    They open at nine and close at six.
    It's a kind of soup with beetroot and cream.
    It's about a detective who cannot read.
    It's hard to say.
    It's getting late. I should probably go.
    It's the second door on your right, just past the lift.
    It's too small, too dark, and much too expensive.
    It looks like a bird, but it's actually a moth.
    It depends. For two people it's big enough.
    It doesn't really matter to me.
    It makes a clicking sound whenever I brake.
    It hurts here, right under the rib.
    That sounds lovely. What should we bring?
    That's not what I meant.
    That's a good question. I've never thought about it.
    That reminds me of my time in the navy.
    This is Martin from number twelve. Your alarm is ringing.
    This one is for my mother, and that one is for me.
    There's no hurry.
    There's a bakery on the corner. They make the best rolls in town.
    There are two ways to do this. The first one is quicker.
    There were about thirty people, most of them from the office.
    The weather was awful, but the people were friendly.
    The tap in the bathroom drips.
    The last bus leaves at ten past eleven.
    The walls are damp, the heating rattles, and the rent goes up every year.
    The children are asleep. Please be quiet on the stairs.
    My computer is doing updates. It might take a while.
    My train leaves in an hour, so we still have time for a coffee.
    My favourite dish is lamb with rosemary.
    My daughter wants a horse. I told her to start with a hamster.
    My neighbour, the one with the red van, is selling his piano.
    Our cellar is full of things that nobody needs.
    Your coat is hanging behind the door.
    Most people like it, but it's not for everyone.
    Some days I can't get out of bed. Other days I feel fine.
    Every Sunday we go for a walk along the canal, whatever the weather.
    Nothing special.
    Nothing helps. I've tried honey, tea, and steam.
    Thank you, that's all I wanted to know.
    Thanks, but I'm just looking.
    Sorry, could you say that once more?
    Sorry about the noise. They're mending the road.
    Hello, is this the town hall?
    Hi there. I've got a problem with my printer.
    Good evening. We booked a table for two.
    Okay, let's do it.
    Okay, but who pays for it?
    Anyway, I wanted to ask you something.
    Oh, before I forget, your mother called.
    Right, where were we?
    Never mind.
    Maybe on Sunday, if the weather holds.
    Probably not. He hates flying.
    Definitely the window.
    Not today. I've got a cold.
    Only if you come too.
    Almost, just one more page.
    A single to Brighton, please.
    A week, perhaps ten days.
    A friend of mine has the same problem. He solved it with a bit of tape.
    Two coffees and an apple tart to share.
    Next to the bank, opposite the fountain.
    On foot, because the bridge is closed.
    As soon as possible.
    Whenever you have time.
    Let's meet at the usual place.
    Let's see if it works. If not, we'll call somebody.
    Let me check my calendar first.
    Don't worry about it.
    Don't tell her yet. I want to see her face.
    Remember to lock the back door, and put the bins out.
    Imagine you had a whole year off. Where would you go?
    Guess who I saw at the supermarket.
"""
