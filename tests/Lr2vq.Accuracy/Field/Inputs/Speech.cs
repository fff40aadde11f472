using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace Lr2vq.Accuracy;

/// <summary>Speech that espeak-ng makes: sentences in several voices, with silence before and after.</summary>
internal static class Speech
{
    /// <summary>Samples a second of what speech networks hear.</summary>
    public const int Rate = 16000;

    private static readonly (string Voice, int Speed, string Text)[] s_sentences =
    [
        ("en", 160, "The quick brown fox jumps over the lazy dog."),
        ("en+f2", 150, "Please leave the parcel with the neighbours on the second floor."),
        ("en-us", 170, "Turn off the lights in the kitchen at half past nine."),
        ("en-us+f3", 140, "What is the weather going to be like tomorrow afternoon?"),
        ("en+m3", 180, "Seven hundred and forty two, thirteen, ninety nine, zero."),
        ("en+whisper", 150, "Alexa, set a timer for twelve minutes."),
        ("en-us+m2", 150, "Hey Jarvis, how far is it to the railway station?"),
        ("en+f4", 165, "Hey Mycroft, play something quiet."),
        ("de", 160, "Der Zug nach Hamburg fährt heute von Gleis sieben."),
        ("de+f2", 150, "Bitte stellen Sie die Tassen auf den Tisch."),
        ("fr", 160, "La bibliothèque ferme à dix-huit heures le samedi."),
        ("fr+f3", 150, "Je voudrais deux billets pour Lyon, s'il vous plaît."),
        ("es", 170, "El tren sale a las ocho y media de la mañana."),
        ("es+f2", 150, "¿Dónde está la parada del autobús?"),
        ("it", 160, "Domani andiamo al mare con tutta la famiglia."),
        ("it+m4", 150, "Il conto, per favore, e un bicchiere d'acqua."),
        ("pt", 160, "Amanhã vamos visitar o museu da cidade."),
        ("nl", 160, "De fiets staat achter het huis in de schuur."),
        ("sv", 160, "Vi ses på torget klockan fem i morgon."),
        ("pl", 150, "Dzień dobry, poproszę bilet do Krakowa."),
        ("en", 220, "Fast speech is harder to follow than slow speech, is it not?"),
        ("en", 110, "Slow. And. Clear. Speech."),
        ("en-us+croak", 150, "The old door creaked when it was opened."),
        ("de+m5", 190, "Achtung, Achtung, die Türen schließen selbsttätig."),
    ];

    private static readonly (string Voice, int Speed)[] s_voices =
        [("en", 150), ("en-us", 140), ("en+f2", 150), ("en-us+f3", 130), ("en+m3", 150), ("en-us+m2", 160), ("en+f4", 120), ("en-us+f1", 170), ("en+m7", 140), ("en-us+m5", 130), ("en+f5", 150), ("en-gb-scotland", 140)];

    private static readonly Lazy<(float[] Samples, int Rate)[]> s_spoken = new(() => [.. s_sentences.Select(s => Speak(s.Voice, s.Speed, s.Text))]);

    /// <summary>Sentences as mono samples in −1 … 1.</summary>
    /// <param name="rate">Samples a second.</param>
    /// <param name="noise">Largest value of noise that is added.</param>
    public static IEnumerable<float[]> Sentences(int rate = Rate, float noise = 0.001f) => s_spoken.Value.Select((spoken, i) => WithSilence(spoken, rate, noise, seed: i));

    /// <summary>One sentence in twelve voices, at 16,000 samples a second.</summary>
    public static IEnumerable<float[]> Voices(string text) => s_voices.Select((v, i) => WithSilence(Speak(v.Voice, v.Speed, text), Rate, noise: 0.001f, seed: i));

    private static float[] WithSilence((float[] Samples, int Rate) spoken, int rate, float noise, int seed)
    {
        var random = new Random(1000 + seed);
        float[] speech = Resample(spoken.Samples, spoken.Rate, rate);
        int silence = rate * 3 / 10;
        var samples = new float[speech.Length + 2 * silence];
        speech.CopyTo(samples, silence);
        for (int j = 0; j < samples.Length; j++) samples[j] += noise * (2 * random.NextSingle() - 1);
        return samples;
    }

    /// <summary>Pieces of that length, spread evenly over a sentence.</summary>
    public static float[] Piece(float[] samples, int length, int number, int of)
    {
        var piece = new float[length];
        int start = samples.Length <= length ? 0 : (int)((long)(samples.Length - length) * number / Math.Max(1, of - 1));
        samples.AsSpan(start, Math.Min(length, samples.Length - start)).CopyTo(piece);
        return piece;
    }

    /// <exception cref="FileNotFoundException">espeak-ng is not installed.</exception>
    private static (float[] Samples, int Rate) Speak(string voice, int speed, string text)
    {
        string file = Path.Combine(Path.GetTempPath(), $"lr2vq-speech-{Guid.NewGuid():N}.wav");
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("espeak-ng", ["-v", voice, "-s", speed.ToString(System.Globalization.CultureInfo.InvariantCulture), "-w", file, text])
                { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0 || !File.Exists(file)) throw new FileNotFoundException($"espeak-ng made no speech in the voice {voice}: {said.Trim()}");
            return ReadWave(File.ReadAllBytes(file));
        }
        catch (Win32Exception)
        {
            throw new FileNotFoundException("espeak-ng is missing; on Debian: apt-get install espeak-ng");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A .wav of 16-bit mono samples.</summary>
    private static (float[] Samples, int Rate) ReadWave(ReadOnlySpan<byte> file)
    {
        int rate = 0;
        for (int at = 12; at + 8 <= file.Length;)
        {
            ReadOnlySpan<byte> name = file.Slice(at, 4);
            int length = BinaryPrimitives.ReadInt32LittleEndian(file[(at + 4)..]);
            if (name.SequenceEqual("fmt "u8))
            {
                if (BinaryPrimitives.ReadInt16LittleEndian(file[(at + 10)..]) != 1 || BinaryPrimitives.ReadInt16LittleEndian(file[(at + 22)..]) != 16)
                    throw new InvalidDataException("not 16-bit mono");
                rate = BinaryPrimitives.ReadInt32LittleEndian(file[(at + 12)..]);
            }
            if (name.SequenceEqual("data"u8))
            {
                ReadOnlySpan<byte> data = file[(at + 8)..Math.Min(file.Length, at + 8 + (length < 0 ? int.MaxValue - at - 8 : length))];
                var samples = new float[data.Length / 2];
                for (int i = 0; i < samples.Length; i++) samples[i] = BinaryPrimitives.ReadInt16LittleEndian(data[(2 * i)..]) / 32768f;
                return (samples, rate);
            }
            at += 8 + length + (length & 1);
        }
        throw new InvalidDataException("the .wav has no samples");
    }

    /// <summary>Band-limited: a sinc with a Hann window, 16 zero crossings wide on each side.</summary>
    private static float[] Resample(float[] from, int rate, int to)
    {
        if (rate == to) return from;
        const int crossings = 16;
        double step = (double)rate / to, cut = Math.Min(1, 1 / step), reach = crossings / cut;
        var samples = new float[(int)(from.Length / step)];
        for (int i = 0; i < samples.Length; i++)
        {
            double centre = i * step, sum = 0;
            for (int j = Math.Max(0, (int)Math.Ceiling(centre - reach)); j <= Math.Min(from.Length - 1, (int)(centre + reach)); j++)
            {
                double x = (j - centre) * cut, sinc = x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);
                sum += from[j] * sinc * cut * (0.5 + 0.5 * Math.Cos(Math.PI * (j - centre) / reach));
            }
            samples[i] = (float)sum;
        }
        return samples;
    }
}
