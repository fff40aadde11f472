using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>What speech networks are given: a sequence of calls for each sentence.</summary>
internal static class SpeechInputs
{
    /// <summary>Samples a second as a number for networks that ask.</summary>
    private static HostTensor RateInput => HostTensor.Scalar((long)Speech.Rate);

    /// <summary>Windows that follow each other, each with the last samples of the one before it: [1, context + window].</summary>
    /// <param name="states">First values of all inputs behind the first.</param>
    public static IEnumerable<FieldSequence> Windows(int window, int context, int calls, params HostTensor[] states) => Speech.Sentences().Select(samples =>
    {
        List<HostTensor[]> all = [];
        for (int start = 0; start + window <= samples.Length && all.Count < calls; start += window)
        {
            var values = new float[context + window];
            int before = Math.Min(context, start);
            samples.AsSpan(start - before, before + window).CopyTo(values.AsSpan(context - before));
            all.Add([HostTensor.Of(values, 1, values.Length), .. states]);
        }
        return new FieldSequence(all);
    });

    /// <summary>The same in batches along the time: [batch, context + window].</summary>
    public static IEnumerable<FieldSequence> WindowBatches(int window, int context, int batch, params HostTensor[] states) =>
        Windows(window, context, calls: 4 * batch).Select(sequence => new FieldSequence(
            [.. sequence.Calls.Chunk(batch).Select(chunk => (HostTensor[])[HostTensor.Of(chunk.SelectMany(call => call[0].Values<float>().ToArray()).ToArray(), chunk.Length, context + window), .. states])]));

    /// <summary>Silero: samples, state, samples a second.</summary>
    public static IEnumerable<FieldSequence> Silero() => Windows(window: 512, context: 64, calls: 60, HostTensor.Of(new float[256], 2, 1, 128), RateInput);

    /// <summary>The older Silero: samples, samples a second, h, c.</summary>
    public static IEnumerable<FieldSequence> SileroLegacy() =>
        Windows(window: 1536, context: 0, calls: 20, RateInput, HostTensor.Of(new float[128], 2, 1, 64), HostTensor.Of(new float[128], 2, 1, 64));

    /// <summary>faster-whisper's Silero: windows, h, c.</summary>
    public static IEnumerable<FieldSequence> SileroBatches() => WindowBatches(window: 512, context: 64, batch: 16, HostTensor.Of(new float[128], 1, 1, 128), HostTensor.Of(new float[128], 1, 1, 128));

    /// <summary>GTCRN: a spectrum of noisy speech, three caches.</summary>
    public static IEnumerable<FieldSequence> Gtcrn() => Noisy().Select(samples => new FieldSequence([.. Frames(samples, length: 512, hop: 256, first: 16, calls: 40).Select(frame =>
    {
        float[] values = [.. Spectrum.OfFrame(frame, window: true).SelectMany(c => (float[])[(float)c.Real, (float)c.Imaginary])];
        return (HostTensor[])[HostTensor.Of(values, 1, 257, 1, 2), Zeros(2, 1, 16, 16, 33), Zeros(2, 3, 1, 1, 16), Zeros(2, 1, 33, 16)];
    })]));

    /// <summary>DTLN, first half: magnitudes of noisy speech, states.</summary>
    public static IEnumerable<FieldSequence> Dtln() => Noisy().Select(samples => new FieldSequence([.. Frames(samples, length: 512, hop: 128, first: 32, calls: 60).Select(frame =>
    {
        float[] values = [.. Spectrum.OfFrame(frame, window: false).Select(c => (float)c.Magnitude)];
        return (HostTensor[])[HostTensor.Of(values, 1, 1, 257), Zeros(1, 2, 128, 2)];
    })]));

    /// <summary>Pieces of [1, samples, 1] at 22,050 samples a second.</summary>
    public static IEnumerable<FieldSequence> Pitch() => Speech.Sentences(22050).Select((samples, i) =>
        FieldSequence.Of(HostTensor.Of(Speech.Piece(samples, 43844, i % 3, 3), 1, 43844, 1)));

    /// <summary>Pieces of [1, samples], with the values of 16-bit samples.</summary>
    public static IEnumerable<FieldSequence> Samples16() => Speech.Sentences().Select(samples => FieldSequence.Of(Samples16(samples, 20480)));

    /// <summary>Spectrograms [1, 76, 32, 1] of openWakeWord.</summary>
    public static IEnumerable<FieldSequence> MelWindows() => Spectrograms(76, Speech.Sentences()).Select(window => FieldSequence.Of(window));

    /// <summary>Embeddings [1, windows, 96] of openWakeWord: the word that a network waits for, in several voices, and other sentences.</summary>
    /// <param name="windows">As many of them as the network reads at once; one each 80 ms.</param>
    /// <param name="word">What the network waits for.</param>
    public static IEnumerable<FieldSequence> Embeddings(int windows, string word)
    {
        const int height = 76, step = 8, bands = 32, length = 96;
        using var embedding = new OriginalEngine(TestData.Model("embedding_model.onnx"));
        foreach (HostTensor spectrogram in Spectrograms(height + (windows - 1) * step, [.. Speech.Voices(word), .. Speech.Sentences()]))
        {
            var values = new float[windows * length];
            for (int w = 0; w < windows; w++)
            {
                HostTensor window = HostTensor.Of(spectrogram.Values<float>().Slice(w * step * bands, height * bands), 1, height, bands, 1);
                embedding.Run([window])[0].Values<float>().CopyTo(values.AsSpan(w * length));
            }
            yield return FieldSequence.Of(HostTensor.Of(values, 1, windows, length));
        }
    }

    /// <summary>[1, frames, 32, 1], a frame each 10 ms; the last of a sentence.</summary>
    private static IEnumerable<HostTensor> Spectrograms(int frames, IEnumerable<float[]> sentences)
    {
        const int bands = 32;
        using var spectrogram = new OriginalEngine(TestData.Model("field/oww_melspectrogram.onnx"));
        foreach (float[] samples in sentences)
        {
            HostTensor output = spectrogram.Run([Samples16(samples, (frames + 4) * 160)])[0];
            float[] values = output.Values<float>()[..(frames * bands)].ToArray();
            for (int i = 0; i < values.Length; i++) values[i] = values[i] / 10 + 2;
            yield return HostTensor.Of(values, 1, frames, bands, 1);
        }
    }

    /// <summary>The end of a sentence, behind silence where it is short, with the values of 16-bit samples: [1, length].</summary>
    private static HostTensor Samples16(float[] samples, int length)
    {
        var values = new float[length];
        int taken = Math.Min(length, samples.Length);
        for (int i = 0; i < taken; i++) values[length - taken + i] = MathF.Round(samples[samples.Length - taken + i] * 32767);
        return HostTensor.Of(values, 1, length);
    }

    private static IEnumerable<float[]> Noisy() => Speech.Sentences(noise: 0.03f);

    private static IEnumerable<float[]> Frames(float[] samples, int length, int hop, int first, int calls) =>
        Enumerable.Range(first, calls).Where(frame => frame * hop + length <= samples.Length).Select(frame => samples.AsSpan(frame * hop, length).ToArray());

    private static HostTensor Zeros(params int[] shape) => HostTensor.Of(new float[shape.Aggregate(1, (n, d) => n * d)], shape);
}
