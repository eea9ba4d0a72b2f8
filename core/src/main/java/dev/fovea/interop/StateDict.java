package dev.fovea.interop;

import java.util.List;
import java.util.Map;

/**
 * The tensors of a saved object that count.
 *
 * @param others names in the same dictionary that stand for something else, and what that is
 * @param key under which the dictionary lies in the saved object; empty if it is the object
 * @param notes what was taken and what was passed over, if there was a choice
 */
record StateDict(
    Map<String, ForeignTensor> tensors,
    Map<String, String> others,
    String key,
    List<String> notes) {}
