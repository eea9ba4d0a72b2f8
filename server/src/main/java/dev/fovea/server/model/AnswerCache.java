package dev.fovea.server.model;

import dev.fovea.InferenceResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The answers to the images that were asked last, by the SHA-256 of their bytes. Belongs to one
 * generation of a model and ends with it, so no answer outlives the weights that gave it. Safe for
 * any number of threads.
 */
final class AnswerCache {
  private final Map<String, InferenceResponse> answers;

  /** Keeps at most so many answers; those that were asked longest ago go first. */
  AnswerCache(int most) {
    this.answers =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, InferenceResponse> eldest) {
            return size() > most;
          }
        };
  }

  /** What an image is found by. */
  static String key(byte[] image) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java lacks SHA-256, which every Java must have", e);
    }
  }

  synchronized Optional<InferenceResponse> find(String key) {
    return Optional.ofNullable(answers.get(key)).map(InferenceResponse::repeated);
  }

  synchronized void keep(String key, InferenceResponse answer) {
    answers.put(key, answer);
  }

  synchronized int size() {
    return answers.size();
  }
}
