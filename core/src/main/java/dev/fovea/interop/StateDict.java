package dev.fovea.interop;

import java.util.List;
import java.util.Map;

/**
 * The weights selected from a saved object.
 *
 * @param others the other entries of the same dictionary: name to description
 * @param key the key of the dictionary in the saved object; empty at the top level
 * @param notes what was loaded and what was ignored, if there was a choice
 */
record StateDict(
    Map<String, ForeignTensor> tensors,
    Map<String, String> others,
    String key,
    List<String> notes) {}
