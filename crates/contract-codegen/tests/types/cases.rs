use crate::Values;

pub(crate) fn run(feature: &str, values: &mut Values<'_>) {
    match feature {
        "all_of" => {
            values.survive::<super::all_of::models::Base>("Base", &super::all_of::schemas::BASE);
            values.survive::<super::all_of::models::Derived>("Derived", &super::all_of::schemas::DERIVED);
            values.survive::<super::all_of::models::Twice>("Twice", &super::all_of::schemas::TWICE);
            values.survive::<super::all_of::models::Described>("Described", &super::all_of::schemas::DESCRIBED);
            values.survive::<super::all_of::models::Composed>("Composed", &super::all_of::schemas::COMPOSED);
            values.survive::<super::all_of::models::Narrow>("Narrow", &super::all_of::schemas::NARROW);
            values.survive::<super::all_of::models::Impossible>("Impossible", &super::all_of::schemas::IMPOSSIBLE);
        }
        "defaults" => {
            values.survive::<super::defaults::models::Settings>("Settings", &super::defaults::schemas::SETTINGS);
            values.survive::<super::defaults::models::Colour>("Colour", &super::defaults::schemas::COLOUR);
        }
        "directions" => {
            values.survive::<super::directions::models::Account>("Account", &super::directions::schemas::ACCOUNT);
            values.survive::<super::directions::models::Owner>("Owner", &super::directions::schemas::OWNER);
            values.survive::<super::directions::models::Person>("Person", &super::directions::schemas::PERSON);
            values.survive::<super::directions::models::Company>("Company", &super::directions::schemas::COMPANY);
        }
        "enumerations" => {
            values.survive::<super::enumerations::models::Status>("Status", &super::enumerations::schemas::STATUS);
            values.survive::<super::enumerations::models::Colour>("Colour", &super::enumerations::schemas::COLOUR);
            values.survive::<super::enumerations::models::Size>("Size", &super::enumerations::schemas::SIZE);
            values.survive::<super::enumerations::models::Priority>("Priority", &super::enumerations::schemas::PRIORITY);
            values.survive::<Option<super::enumerations::models::Mixed>>("Mixed", &super::enumerations::schemas::MIXED);
            values.survive::<super::enumerations::models::Always>("Always", &super::enumerations::schemas::ALWAYS);
            values.survive::<super::enumerations::models::Thing>("Thing", &super::enumerations::schemas::THING);
        }
        "formats" => {
            values.survive::<super::formats::models::Formats>("Formats", &super::formats::schemas::FORMATS);
        }
        "maps" => {
            values.survive::<super::maps::models::Counts>("Counts", &super::maps::schemas::COUNTS);
            values.survive::<super::maps::models::Free>("Free", &super::maps::schemas::FREE);
            values.survive::<Option<super::maps::models::Anything>>("Anything", &super::maps::schemas::ANYTHING);
            values.survive::<super::maps::models::Open>("Open", &super::maps::schemas::OPEN);
            values.survive::<super::maps::models::Closed>("Closed", &super::maps::schemas::CLOSED);
            values.survive::<super::maps::models::Typed>("Typed", &super::maps::schemas::TYPED);
            values.survive::<super::maps::models::Nested>("Nested", &super::maps::schemas::NESTED);
        }
        "naming" => {
            values.survive::<super::naming::models::PetOwner2>("pet-owner", &super::naming::schemas::PET_OWNER);
            values.survive::<super::naming::models::PetOwner>("PetOwner", &super::naming::schemas::PET_OWNER_2);
            values.survive::<super::naming::models::Option2>("Option", &super::naming::schemas::OPTION);
            values.survive::<super::naming::models::日本>("日本", &super::naming::schemas::日本);
            values.survive::<super::naming::models::Reactions>("Reactions", &super::naming::schemas::REACTIONS);
            values.survive::<super::naming::models::Sign>("Sign", &super::naming::schemas::SIGN);
        }
        "numbers" => {
            values.survive::<super::numbers::models::Numbers>("Numbers", &super::numbers::schemas::NUMBERS);
        }
        "optional_nullable" => {
            values.survive::<super::optional_nullable::models::Person>("Person", &super::optional_nullable::schemas::PERSON);
            values.survive::<Option<super::optional_nullable::models::Address>>("Address", &super::optional_nullable::schemas::ADDRESS);
        }
        "recursion" => {
            values.survive::<super::recursion::models::Node>("Node", &super::recursion::schemas::NODE);
            values.survive::<super::recursion::models::Left>("Left", &super::recursion::schemas::LEFT);
            values.survive::<super::recursion::models::Right>("Right", &super::recursion::schemas::RIGHT);
            values.survive::<super::recursion::models::Tree>("Tree", &super::recursion::schemas::TREE);
            values.survive::<super::recursion::models::List>("List", &super::recursion::schemas::LIST);
            values.survive::<super::recursion::models::Again>("Again", &super::recursion::schemas::AGAIN);
        }
        "tuples" => {
            values.survive::<super::tuples::models::Point>("Point", &super::tuples::schemas::POINT);
            values.survive::<super::tuples::models::Entry>("Entry", &super::tuples::schemas::ENTRY);
            values.survive::<super::tuples::models::Loose>("Loose", &super::tuples::schemas::LOOSE);
            values.survive::<super::tuples::models::Labels>("Labels", &super::tuples::schemas::LABELS);
            values.survive::<super::tuples::models::Keyed>("Keyed", &super::tuples::schemas::KEYED);
        }
        "unions" => {
            values.survive::<super::unions::models::Cat>("Cat", &super::unions::schemas::CAT);
            values.survive::<super::unions::models::Dog>("Dog", &super::unions::schemas::DOG);
            values.survive::<super::unions::models::Pet>("Pet", &super::unions::schemas::PET);
            values.survive::<super::unions::models::Any>("Any", &super::unions::schemas::ANY);
            values.survive::<super::unions::models::Identifier>("Identifier", &super::unions::schemas::IDENTIFIER);
            values.survive::<Option<super::unions::models::Several>>("Several", &super::unions::schemas::SEVERAL);
            values.survive::<super::unions::models::Shape>("Shape", &super::unions::schemas::SHAPE);
            values.survive::<super::unions::models::Circle>("Circle", &super::unions::schemas::CIRCLE);
            values.survive::<super::unions::models::Square>("Square", &super::unions::schemas::SQUARE);
            values.survive::<Option<super::unions::models::Optional>>("Optional", &super::unions::schemas::OPTIONAL);
            values.survive::<super::unions::models::Amount>("Amount", &super::unions::schemas::AMOUNT);
            values.survive::<super::unions::models::Bag>("Bag", &super::unions::schemas::BAG);
        }
        "untyped" => {
            values.survive::<contract_runtime::ObjectOr<super::untyped::models::Untyped>>("Untyped", &super::untyped::schemas::UNTYPED);
            values.survive::<super::untyped::models::Uses>("Uses", &super::untyped::schemas::USES);
            values.survive::<super::untyped::models::Typed>("Typed", &super::untyped::schemas::TYPED);
        }
        _ => {}
    }
}
