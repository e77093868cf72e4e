import { classifiers } from "./classifiers.ts";
import { detectors } from "./detectors.ts";
import { oddities } from "./oddities.ts";
import { segmenters } from "./segmenters.ts";
import { sequences } from "./sequences.ts";
import { transformers } from "./transformers.ts";

/** Small models with random weights, written as exporters write the architectures that people use. */
export const zoo = { detectors, classifiers, segmenters, sequences, transformers, oddities };
