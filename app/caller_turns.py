"""More that callers of the tuning set say: enough turns that a weight fitted to them is not fitted to a few sentences.

One rule: as in app/caller_phrases.py: nothing is quoted, and no phrase is one of the judging set's. Length, punctuation
and purpose vary on purpose: orders, questions, short answers, stories, lists, asides, sentences that begin late.
"""

from __future__ import annotations

MORE = """
    I'd rather have the window seat.
    Can I bring a friend along? She eats almost anything.
    The lift is broken again, so we had to carry everything up the stairs.
    Nothing, thanks.
    What did the weather forecast say about the weekend?
    Put two spoons of sugar in it, and stir it well.
    I've just come back from the dentist. Everything is still numb.
    Because I promised her.
    There used to be a cinema on that corner. Now it's a car park.
    How much does a ticket for the night bus cost?
    My grandmother, who is ninety, still swims in the lake every morning.
    If you see Peter, tell him that his package has arrived.
    The meeting went well.
    I bought a bicycle second hand, and the brakes don't work.
    Would it be possible to pay by card?
    It's not that I dislike opera. I just never understand the words.
    Somewhere near the coast.
    After the storm, half of the village had no electricity for two days.
    Please turn the heating down before you leave.
    We've known each other for about fifteen years.
    Which of the two would you recommend to a beginner?
    They delivered the wrong table. I have already written to them twice.
    Only on weekdays.
    I usually get up at six, go for a run, and then have breakfast.
    Do plants really grow better when you talk to them?
    The last time I saw him, he was wearing a green coat.
    Could you book a table for four at eight?
    She speaks five languages, but she is too shy to use them.
    I think we should ask somebody who knows about boilers.
    That depends on the price.
    Our train stood still for an hour. Nobody told us why.
    When does the pharmacy close on Saturdays?
    I'm allergic to penicillin.
    You should have seen her face when she opened the box.
    Tell me how a fridge works, in simple words.
    My car needs new tyres, and the insurance is due as well.
    Thirty two.
    Is it true that bees can recognise people?
    I used to play chess with my uncle. He always let me win.
    Let me know as soon as you hear from the bank.
    Before we start, I want to thank everybody who helped.
    It tastes a bit like pineapple.
    What's wrong with the old one?
    He left the door open, and the dog ran out into the street.
    I don't have any plans for Sunday. We could go to the zoo.
    Yes, that would be great.
    The flat is small, but it has a balcony and a lot of light.
    Why did they change the name of the station?
    As far as I know, the shop moved to another town.
    Cancel the second order, please. I only need the first.
    My knee hurts when I walk down the stairs.
    Neither of them.
    We were on our way to the beach when it began to snow.
    How can I get red wine out of a carpet?
    I wrote down the number, but I can't read my own handwriting.
    Has anybody called for me this afternoon?
    In my opinion, the old logo looked much better.
    She asked me whether I could stay until Thursday.
    Take the second road on the right, then go straight on until you see a church.
    I'd be happy to.
    The soup needs more salt. Apart from that it's perfect.
    Our neighbours are moving out, which is a pity.
    Where should I put these boxes?
    I was so tired that I fell asleep on the sofa with my shoes on.
    Remind me tomorrow morning.
    Can you play something that my grandparents would have danced to?
    The teacher said that he was clever, but lazy.
    I've never eaten anything like that before.
    Three bottles of water, two apples, and a bag of rice.
    Do I need a visa? I only stay for a week.
    It was the funniest thing I have seen in years.
    Not before Wednesday.
    If I had known that you were coming, I would have baked a cake.
    My father repairs clocks. He learned it in Switzerland.
    What time is it in Sydney right now?
    They say it's going to be the hottest summer since the war.
    I can't find my passport anywhere.
    Wake me up at a quarter past five.
    You know the big tree behind the school? It fell down last night.
    Most of them are quite friendly.
    Although it was late, nobody wanted to go to bed.
    How did the two of you meet?
    I need a new phone, preferably one with a good battery.
    Yes, I have.
    The concert has been moved to the town hall, because of the rain.
    Explain to me what inflation is.
    We only have one key. My flatmate has it.
    It costs nearly two hundred euros, without the cable.
    What would you do in my place?
    I've been waiting here since ten o'clock.
    Apparently the captain had forgotten to switch on the lights.
    Call the hotel, and ask them whether breakfast is included.
    My niece draws dragons all day. Some of them are really good.
    Once a month.
    To get to the cave, you have to climb down a very long ladder.
    Who is going to feed the fish while we're away?
    I wanted to buy bread, but the bakery was already closed.
    The big one is for you, the small one is for your brother.
    Sorry, I have no idea.
    Do you remember the restaurant with the yellow chairs? It burnt down.
    People often ask me where I come from.
    Is the water in this river clean enough to swim in?
    I'll send you the photos when I'm back at my desk.
    She quit her job, sold the house, and bought a boat.
    That's exactly what I told him.
    Find me a film that lasts less than two hours.
    The baby cries every night. We hardly sleep at all.
    What is the difference between a crocodile and an alligator?
    I'm calling about the room that you advertised in the paper.
    The brown one over there.
    It doesn't matter who started it. Somebody has to apologise.
    When I arrived at the office, all the computers were gone.
    How old were you when you learned to drive?
    We could meet at the fountain, or I can pick you up at home.
    Everything was fine until the engine began to smoke.
    I hate waiting.
    Should I peel the carrots first?
    There's a parcel for you at the post office, but you have to sign for it.
    My favourite season is autumn. I love the smell of wet leaves.
    Add butter and milk to the shopping list.
    He's the kind of person who always arrives ten minutes early.
    Maybe another time.
    Did you know that the old bridge was built by soldiers?
    I opened the letter, read it twice, and put it back in the drawer.
    Unfortunately we can't offer you the job this time.
    Why is my bread always so flat? I follow the recipe exactly.
    On the first floor.
    The bus driver was singing the whole way to the airport.
    I'd like to know more about the planets beyond Jupiter.
    You can have it for free, if you come and collect it.
    My old laptop makes a lot of noise. I'm thinking of getting a new one.
    What happened to your hand?
    Everyone in the family has red hair, except me.
    Translate this sentence into French.
    I missed the first part. What was it about?
    Since we moved to the country, the children are outside all day.
    A little bit.
    Is there a shortcut through the woods?
    I've tried turning it off and on again. It still doesn't work.
    We need flour, eggs, and something sweet for the filling.
    The guide told us a story about a ghost in the cellar.
    Where can I leave my luggage until the evening?
    Next to the window.
    I am not angry with you, but I would like to understand what happened.
    He can't come to the phone right now. He's in the bath.
    How long do I have to boil an egg?
    The garden gate squeaks whenever somebody opens it.
    Good morning, I'd like to speak to the manager.
    Last winter we stayed in a cabin without running water.
    It isn't mine.
    Could you turn the music down? I'm on the phone.
    You won't believe what I found in the attic.
    My doctor says I should drink less coffee, and go to bed before midnight.
    Are there any museums that are free on Mondays?
    I've lived here all my life.
    Start with the edges, then fill in the middle.
    The cheapest one you have.
    The police came, asked a few questions, and left again.
    I thought it was a joke. It turned out to be true.
    What's a good name for a black kitten?
    Unless somebody objects, we'll meet again in two weeks.
    Count from one to ten in Italian.
    I can hear you, but I can't see you.
    Twice, actually.
    The new colleague seems nice. She brought biscuits for everyone.
    Do you think it's too late to plant tomatoes?
    Whenever I visit my cousin, we end up playing cards until three in the morning.
    I need the address of the nearest garage.
    He has three sisters and a brother.
    Why don't we take the boat instead?
    Nobody told me that the course had been cancelled.
    It's heavier than it looks. Be careful with your back.
    Thanks for your help.
    How does the story end?
    In the morning it was foggy, but now the sun is out.
    The tickets are sold out, so we'll have to watch it on television.
    Which floor is it on?
    I borrowed a drill from my neighbour. I hope it's strong enough.
    Every summer.
    The reason I'm asking is that my contract ends in May.
    Show me how to tie this knot again.
    She has been to Japan twice, and she wants to go again.
    Would you mind closing the curtains?
    We lost by one goal. It was still a great match.
    As a child I wanted to be a lighthouse keeper.
    I'd say about a dozen.
    Can owls see during the day?
    My shoes got wet, so I put them next to the stove.
    The museum lets you touch the bones. My kids loved it.
    What kind of wood is this table made of?
    Don't forget to water the plants on the terrace.
    I have an idea.
    Under the bed.
    They're building a new road, and the noise is unbearable.
    If nobody wants the last piece, I'll have it.
    How far can a flea jump?
    I asked for a quiet room. This one is above the bar.
    It's my turn.
    The film starts at nine, but we should be there a little earlier.
    Is your sister still working at the hospital?
    I once saw a whale, on a ferry to Scotland.
    The keys are in the blue jacket.
    To tell you the truth, I never liked that painting.
    Where is the best place to watch the fireworks?
    Read me the news. Leave out the sports.
    He promised to call me back, but that was three weeks ago.
    Probably in the afternoon.
    I'm learning to bake bread at the moment.
    You have to press both buttons at the same time.
    Have you got this shirt in a larger size?
    We spent the whole night looking for the cat. She was asleep in the wardrobe.
    Is it safe to drink milk that smells like this?
    My wife grew up on an island, so she knows a lot about boats.
    Mostly vegetables.
    What did people use before there was soap?
"""
