const list = (text: string): readonly string[] => text.trim().split(/\s+/);

export const adverbs = list(`
  barely boldly brightly briskly calmly cheaply clearly closely coldly commonly daily dearly deeply duly eagerly
  early easily evenly fairly finely firmly fondly freely freshly fully gently gladly greatly happily highly
  honestly hugely jointly justly kindly largely lately lightly likely loosely loudly luckily mainly merely mildly
  mostly mutually namely nearly neatly newly nicely openly partly plainly politely purely quickly quietly rapidly
  rarely really remotely richly rightly roughly safely sharply shortly simply slowly smoothly softly solely
  steadily surely swiftly tightly truly usually vastly warmly weekly wholly widely wisely
`);

export const adjectives = list(`
  able active alert amazed ample apt arriving bold brave brief bright busy calm careful casual certain charmed
  civil clean clear clever close cosmic crisp curious daring dear decent deep direct driven eager early easy
  electric enabled epic equal exact fair famous fast fine firm first fit flexible fond free fresh full gentle
  glad golden good grand great green handy happy hardy healthy helpful hip holy honest humble ideal immense intent
  joint keen kind known large legible light likely literate living logical loved loyal lucky main major measured
  merry mighty model modern modest moving national native neat neutral nice noble normal noted novel obliging
  open optimal patient peaceful polite precise prime proper proud pure quick quiet rapid rare ready real refined
  regular relaxed rich robust sacred safe secure select sharp simple skilled smart smooth social solid sound
  stable steady still strong sturdy sunny super sure sweet tender tidy trusted upright useful valid vast vital
  warm welcome whole wise witty worthy
`);

export const animals = list(`
  ant antelope ape badger bass bat bear beagle bee beetle bird bison boar bobcat buffalo bull bunny camel cat
  catfish cheetah chicken chimp civet cobra cod colt condor corgi cougar cow coyote crab crane cricket crow cub
  deer dodo dog dolphin donkey dove dragon duck eagle earwig eel egret elk emu ewe falcon fawn feline ferret
  finch firefly fish flea fly foal fowl fox frog gator gazelle gecko gibbon giraffe goat goblin goose gopher
  gorilla grouse grub guinea gull hamster hare hawk hedgehog hen heron herring hippo hornet horse hound husky
  hyena ibex iguana imp impala insect jackal jackass jaguar jay jaybird jennet kangaroo katydid kid kit kite
  kitten koala koi lab lamb lark lemming lemur leopard liger lion lioness lizard llama lobster locust longhorn
  lynx macaque macaw magpie mako mallard mammal mammoth man manatee mantis marlin marmoset marmot marten martin
  mastiff mayfly meerkat minnow mite moccasin mole mollusk mongoose monkey monster moose moray moth mouse mule
  muskox mutt narwhal newt oarfish ocelot octopus opossum orca oriole osprey ostrich owl ox oyster panda pangolin
  panther parrot peacock pelican penguin perch pheasant phoenix pig pigeon piglet pika pipefish piranha platypus
  polecat polliwog pony poodle porpoise possum prawn primate pug puma pup python quagga quail quetzal rabbit
  raccoon ram raptor rat rattler raven ray redbird redfish reindeer reptile rhino robin rodent rooster sailfish
  salmon satyr sawfish sawfly scorpion sculpin seagull seahorse seal seasnail serval shad shark sheep sheepdog
  shepherd shiner shrew shrimp silkworm skink skunk skylark sloth slug snail snake snapper snipe sole spaniel
  sparrow spider sponge squid squirrel stag stallion starfish starling stingray stinkbug stork stud sturgeon
  sunbeam sunbird sunfish swan swift swine tadpole tahr tapir tarpon teal termite terrapin terrier thrush tick
  tiger titmouse toad tomcat tortoise toucan treefrog troll trout tuna turkey turtle unicorn urchin viper vervet
  viper vulture wahoo walleye wallaby walrus warthog wasp weasel weevil whale whippet wildcat wolf wombat
  woodcock worm wren yak yeti zebra
`);
