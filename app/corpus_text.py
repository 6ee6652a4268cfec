"""What is said in a synthesised conversation: sentences of a small grammar, words that hold every sound of English.

One rule: nothing is quoted. Templates and words were written for this file, the words chosen so that every phone and
nearly every pair of phones that English words are made of comes up within an hour; a test measures it.

A slot such as {noun} draws one word of that list; {a noun} puts "a" or "an" before it.
"""

from __future__ import annotations

import re

import numpy as np

SLOT = re.compile(r"\{(a )?(\w+)\}")

WORDS = {
    name: tuple(dict.fromkeys(" ".join(part.split()) for part in text.split(",")))
    for name, text in {
        "name": """
            George, Joyce, Theo, Faith, Zoe, Hugh, Beth, Ruth, Judith, Yusuf, Owen, Chloe, Sheila, Craig, Dwight,
            Gwen, Keith, Ravi, Ursula, Vaughn, Wolfgang, Xavier, Yvonne, Ezra, Agnes, Eunice, Leo, Maurice, Phoebe,
            Rajah, Sophie, Trish
        """,
        "place": """
            Asia, Beirut, Chicago, Dublin, Egypt, Geneva, Houston, Ithaca, Jamaica, Kyoto, Lisbon, Maui, Nashville,
            Oslo, Peru, Quebec, Rouen, South Wales, Thule, Utah, Vienna, Wyoming, Yosemite, Zurich, Hawaii, Boise,
            Detroit, Tokyo
        """,
        "time": """
            on Thursday, at noon, this month, in July, after church, before the fourth of January, around twelve, last
            year, every Wednesday, at half past eight, during the thaw, a fortnight ago, in the early hours, one
            August afternoon, between five and six, the other day, all through the sixth week, earlier than usual, by
            the fifth evening
        """,
        "where": """
            near the beach, behind the garage, under the bridge, by the fjord, in the warehouse, at the mouth of the
            cave, above the shoe shop, beneath the old oak, outside the theatre, along the southern path, on the edge
            of town, in the kitchen, at the judge's house, beyond the railway, across the valley, on the north shore,
            up in the attic, at the zoo, in the youth club, through the tunnel, between two hedges, beside the mosque,
            at the choir's rehearsal, upstairs, right there by the hearth, in the shadow of the tower, on the third
            shelf, down the hallway
        """,
        "noun": """
            jaw, bird, voice, boy, oyster, joint, thumb, tooth, bathtub, month, path, feather, weather, leather,
            brother, clothing, treasure, measure, mirage, collage, genre, garage, vision, usual route, camera, cheese,
            chair, church, chain, kitchen, witch, watch, badge, engine, giant, magic trick, village, orange, sponge,
            bridge, shadow, ocean, dish, fish, brush, machine, sugar bowl, yacht, yellow bicycle, onion, youth,
            beauty, music box, cube, huge umbrella, human, value, view, few pennies, wheel, whisper, quilt, squirrel,
            question, language, penguin, twig, dwarf, sweater, swan, thread, throat, throne, thrush, shrimp, shrub,
            spring, spray, sprout, string, street, straw, stripe, screw, scream, scratch, square, splash, splinter,
            glove, globe, glass, clock, cloud, clown, plum, plough, blouse, blue envelope, flag, flute, slipper,
            sleeve, snake, snow, smile, smoke, sphere, spider, spoon, stool, stone, steak, sky, school, scarf, gift,
            shaft, raft, belt, bulb, shelf, wolf, golf club, film, elm, kiln, help, milk, silk, gulf, valve, elf,
            wealth, health, pulse, false alarm, salt, child, world, girl, pearl, curl, storm, arm, farm, worm, term,
            barn, horn, corn, fern, harp, sharp turn, scarf, wharf, nerve, curve, verb, herb, curb, orb, card, bird's
            nest, word, yard, fork, shark, park, mark, berg, fur coat, north wind, birth, hearth, earth, march, porch,
            arch, search, large barge, marsh, harsh light, horse, force, course, nurse, verse, purse, lamp, stamp,
            bump, jump, tent, paint, month's rent, hand, wind, sound, friend, bench, lunch, branch, change, challenge,
            range, prince, dance, fence, lens, bronze, tenth, ring, king, song, tongue, finger, anger, hunger, bank,
            drink, pink ink, length, strength, angst, lynx, box, fox, text, sixth, mixture, axe, tax, apple, table,
            uncle, puzzle, bottle, middle, muscle, channel, tunnel, button, cotton, kitten, mountain, garden, wooden
            spoon, sudden noise, rhythm, prism, chasm, idea, area, piano, radio, video, museum, chaos, poem, lion,
            diary, quiet hour, flower, tower, shower, power, mayor, player, layer, employer, lawyer, sawmill, law,
            author, autumn leaf, daughter, thought, caught fish, awkward pause, book, hook, cushion, butcher, bush,
            wolf cub, woman, wool, foot, pudding, sugar, goose, moon, spoon, juice, fruit, suit, glue, shoe, zoo,
            canoe, bamboo, igloo, toe, boat, road, bow, oath, clothes line, goat, note, ghost, oboe, hotel, eye, ice,
            island, tie, pie, fire, choir, wire, item, ivy, ow, owl, hour, couch, mouth, south wall, house, cow, town,
            oil, coin, poison, noise, toy, joy, soil, choice, ale, age, eight, neighbour, cage, vase, maze, cave,
            rain, train, day, ear, beard, year, theory, hero, deer, air, bear, pair, stairs, chair leg, prayer, tour,
            jury, bureau, cure, euro, ewe, ape, egg, edge, elbow, engine, aunt, ash, axe, ant, apple, alley, oven,
            onion, other, uncle, ankle, image, inch, imp, adventure, picture, future, nature, creature, lecture,
            feature, soldier, education, individual, schedule, procedure, version, Persian rug, beige rug, division,
            decision, pleasure, leisure suit, casual shirt, visual aid, explosion, sabotage, massage, camouflage,
            prestige, regime, rouge, bourgeois villa, equation, seizure, closure, exposure, azure vase, city, party,
            debt, dotted line, coffee offer, gun, gum, geese, gear, symphony, comfort, mutter, theft, therapy, murder,
            motor, vote, waxwork, option, neutral corner, hay, theology, culture, goose chase, squash racket, jay,
            reality, pottery, forty-watt bulb, notice, geometry, gong, merger, doctor, mutton, gossip, pair of
            goggles, gear wheel
        """,
        "things": """
            beaches, judges, sandwiches, clothes, months, moths, truths, youths, wolves, leaves, thieves, lengths,
            sixths, masks, desks, wasps, ghosts, fists, texts, facts, gifts, shelves, films, bulbs, oaths, eggs, bags,
            dogs, ribs, robes, webs, caves, rags, roads, clouds, beds, friends, hands, songs, rings, lambs, dreams,
            rooms, phones, wheels, girls, tears, chairs, flowers, eyes, boys, cows, toes, shoes, zoos, laws, bees,
            ideas, cups, lamps, lips, cats, plants, boats, books, forks, socks, cliffs, laughs, graphs, paths,
            witches, branches, bridges, badges, dishes, brushes, garages, mirages, roses, horses
        """,
        "adj": """
            rough, smooth, thick, thin, youthful, cheerful, joyful, shrewd, sharp, huge, vague, vivid, fuzzy, lazy,
            easy, awful, odd, ugly, early, urgent, eager, icy, oily, airy, empty, ancient, usual, casual, azure,
            beige, measured, gentle, giant, jolly, judged, charming, Chinese, Dutch, English, foolish, yellow, yearly,
            young, useful, unique, beautiful, furious, cute, humid, pure, mute, few, nearby, wooden, woolen, full,
            good, bushy, wild, wise, quick, quiet, squeaky, twisted, sweet, swift, dwindling, thrilling, three,
            thorough, other, smothered, worthy, northern, southern, healthy, wealthy, breathless, clothed, bathed,
            soothing, loathsome, myth-like, zigzag, zealous, crazy, bizarre, closed, exact, exotic, complex, sixth,
            vexed, boxy, apt, abrupt, corrupt, active, strict, bumpy, blunt, blank, bland, black, broad, brave, plain,
            proud, precious, prompt, clear, clever, crisp, cruel, glad, gloomy, great, green, gray, flat, flimsy,
            fresh, frozen, slow, sly, slim, small, smart, smelly, snug, sneaky, spare, spicy, spry, splendid, stale,
            stiff, strange, straight, scarce, screwed-up, scrawny, skinny, sour, sore, warm, worn, worse, torn, born,
            burnt, hurt, curly, third, bored, charged, large, march-like, harsh, fierce, weird, scared, rare, fair,
            fairy-like, raw, small, tall, false, awkward, thoughtful, daunting, boiling, noisy, moist, royal, loyal,
            annoyed, employed, coy, pointed, spoiled, loud, round, brown, drowsy, foul, sound, doubtful, cautious,
            social, special, partial, patient, musical, magical, logical, local, total, vital, rural, plural, royal,
            oral, moral, ideal, real, cruel, dual, fuel-hungry, poetic, chaotic, pretty, witty, dirty, thirty-third,
            petty, gutted, hated
        """,
        "did": """
            saw, caught, bought, brought, taught, fought, chose, judged, watched, touched, reached, searched, changed,
            charged, measured, treasured, sabotaged, camouflaged, smoothed, bathed, breathed on, clothed, loathed,
            washed, pushed, crushed, brushed, smelled, filmed, helped, solved, shelved, twirled, curled, warmed,
            turned, burned, heard, learned, carved, served, hurt, shook, took, looked at, cooked, pulled, put away,
            threw, drew, used, refused, viewed, amused, moved, chewed, glued, lost, asked for, grasped, fixed, mixed,
            taxed, boxed, vexed, laughed at, left, lifted, gave, saved, loved, drove, wove, rubbed, robbed, grabbed,
            begged for, dragged, hugged, tugged, sang about, brought along, banged, hung, thanked, painted, wanted,
            mended, found, sent, bent, counted, joined, avoided, enjoyed, destroyed, spoiled, poisoned, boiled,
            admired, fired, tried, dyed, debated, voted for, shared, scared, repaired, wore, tore, stored, explored,
            poured, cleared, feared, cheered, lured, split, sprayed, scrubbed, scratched, squeezed, stretched, struck,
            straightened, shrank, shredded, thrust aside, swept, swung, twisted, quoted, queried, dwelt on, guarded,
            gnawed, knew, wrote about, wrapped, rubbed, whittled, whisked
        """,
        "do": """
            see, catch, buy, bring, teach, choose, judge, watch, touch, reach, search for, change, charge, measure,
            treasure, smooth, bathe, wash, push, crush, film, help, solve, curl, warm, turn, burn, hear, learn, carve,
            serve, shake, take, cook, pull, throw, draw, use, view, move, chew, ask for, grasp, fix, mix, leave, lift,
            give, save, love, drive, rub, grab, hug, sing about, hang, thank, paint, mend, find, join, avoid, enjoy,
            destroy, boil, admire, try, share, scare, wear, store, explore, clear, split, spray, scrub, scratch,
            squeeze, stretch, sweep, twist, quote, guard, know, write about, wrap, forgive, believe, judge again
        """,
        "going": """
            watching, choosing, judging, thinking of, breathing in, measuring, fishing for, catching, changing,
            charging, using, moving, growing, showing, throwing, knowing, drawing, buying, dyeing, enjoying,
            destroying, playing with, weighing, seeing, freeing, viewing, curing, hearing, sharing, tearing,
            mirroring, bothering, smothering, gathering, tethering, singing to, hanging, bringing, banging, longing
            for, filming, solving, belting out, melting, holding, welding, killing, selling, asking about, fixing,
            mixing, hopping over, hugging, begging for, rubbing, robbing, washing, pushing, bathing, loathing
        """,
        "how": """
            slowly, really, usually, casually, thoughtfully, cheerfully, joyfully, roughly, smoothly, hugely, vaguely,
            urgently, eagerly, oddly, actually, gradually, exactly, strictly, abruptly, truthfully, worthily,
            foolishly, lavishly, richly, strangely, savagely, largely, harshly, fiercely, weirdly, rarely, fairly,
            purely, surely, fully, awfully, loudly, proudly, royally, prettily, annoyingly, idly, widely, highly,
            early, yearly, daily, gaily, musically, publicly, quickly, quietly, twice, once, thrice, together,
            altogether, forever, somehow, anyhow, nowadays, overnight, outright
        """,
    }.items()
}

STATEMENTS = (
    "{name} {did} the {adj} {noun} {where}.",
    "I {did} {a noun} {time}, and {name} {how} {did} the {things}.",
    "We should {do} the {things} before {name} leaves for {place}.",
    "There was {a adj} {noun} {where}, as {adj} as {a noun}.",
    "My {adj} {noun} is {how} like the {noun} from {place}.",
    "They were {going} {adj} {things} {where}.",
    "You know, {a noun} and {a noun} are both {adj}.",
    "If you {do} the {noun}, I will {do} the {things}.",
    "{name} said the {noun} was {adj}, but I thought it was {adj}.",
    "Honestly, I'd rather {do} {a adj} {noun} than {do} the {things}.",
    "Nobody {did} those {adj} {things} {time}.",
    "It took {name} and me an hour to {do} that {noun}.",
    "The {noun} in {place} is {adj}, {adj}, and never {adj}.",
    "She {how} {did} her {noun}, his {noun}, and our {things}.",
    "I've been {going} {things} {where} since I was a child.",
    "Both of us {did} something {adj} {time}.",
    "The {things} {where} belong to {name}.",
    "I would love to {do} this {noun} with you.",
    "He was {going} the {noun} when the {adj} {noun} fell.",
    "Every {noun} in the house smells of {adj} {things}.",
    "So I {did} it, and then I {did} it again, {how}.",
    "Whoever {did} the {noun} must be {adj}.",
    "It's not the {noun}, it's the way they {did} it.",
)
QUESTIONS = (
    "Did you {do} the {adj} {noun}?",
    "Why would {name} {do} {a noun} {time}?",
    "Which of the {things} did you {do} {where}?",
    "Have you been {going} {things} in {place}?",
    "How {adj} was the {noun}?",
    "What if we {do} the {noun} first?",
    "Who {did} my {adj} {things}?",
    "Is that {a noun} or {a noun}?",
    "Where's the {noun} that {name} {did}?",
    "Do you think the {things} are {adj}?",
)
SHORT = (
    "Yes, of course.", "No, not at all.", "Oh, that {noun}.", "In {place}?", "With {name}?", "I'm not sure.",
    "That's fair enough.", "Why not?", "Maybe {time}.", "{a adj} one.", "You think so?", "I have no idea.",
    "Me too.", "It's {adj}.", "Well, {how}.", "Both, I guess.", "Go on, then.", "The {adj} one.", "Sure, {time}.",
    "Just {things}.", "I beg your pardon?", "Thank you.",
)  # fmt: skip
EXCLAMATIONS = (
    "What {a adj} {noun}!", "Oh wow, the {noun}!", "You {did} it!", "How {adj}!", "Not the {things} again!",
    "That is so {adj}!", "Look at the {noun}!", "I can't believe you {did} my {noun}!",
    "Watch out for the {things}!", "Good grief, {name}!",
)  # fmt: skip
BACKCHANNELS = (
    "Mm-hm.", "Yeah.", "Right.", "Uh-huh.", "I see.", "Okay.", "Oh.", "Sure.", "Really?", "Wow.", "Mm.", "Yes.",
    "True.",
)  # fmt: skip


def sentence(rng: np.random.Generator, kinds: tuple[tuple[str, ...], ...]) -> str:
    """One sentence, of one of these lists of templates, the earlier lists being likelier (2 : 1 : 1 : ...)."""
    weights = np.array([2.0, *[1.0] * (len(kinds) - 1)])
    template = str(rng.choice(kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]))
    return _capital(SLOT.sub(lambda slot: _word(rng, slot), template))


def _word(rng: np.random.Generator, slot: re.Match) -> str:
    word = str(rng.choice(WORDS[slot.group(2)]))
    if not slot.group(1):
        return word
    # "an hour", but "a unicorn", "a euro", "a one": by sound
    vowel = re.match(r"hou|[aeiou](?!n?ni|se|su|ur|we|tah|ne\b)", word)
    return f"{'an' if vowel else 'a'} {word}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
