using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Compression.Methods;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Plans;

namespace Lr2vq.Training.Data;

/// <summary>Draws samples in an order that is new in each pass, pictures moved and mirrored by chance. All of it follows from the seed and the number of the step.</summary>
/// <param name="samples">What is drawn from.</param>
/// <param name="size">Samples of a step.</param>
/// <param name="shift">Most that pictures are moved by, down and across.</param>
/// <param name="mirror">Whether they are mirrored.</param>
internal sealed class SampleDraw(IReadOnlyList<InputSample> samples, int size, int seed, (int Down, int Across) shift, bool mirror)
{
    private int[] _order = [];
    private int _pass = -1;

    private bool Varies => mirror || shift != (0, 0);

    /// <summary>The samples of a step, put together where there are several.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="places">Gets which ones they are.</param>
    public InputSample At(int step, Span<int> places)
    {
        InputSample[] chosen = new InputSample[size];
        SeededRandom random = SeededRandom.For(seed, string.Create(CultureInfo.InvariantCulture, $"samples {step}"));
        for (int i = 0; i < size; i++)
        {
            places[i] = PlaceOf((long)step * size + i);
            chosen[i] = Varies ? Moved(samples[places[i]], random) : samples[places[i]];
        }
        return size == 1 ? chosen[0] : Stacked(chosen);
    }

    /// <summary>Whether samples are pictures of floats that can be moved and mirrored: [1, 1 or 3, height, width] of the only input.</summary>
    /// <param name="least">Least height and width.</param>
    public static bool ArePictures(IReadOnlyList<PlanPort> ports, InputSample sample, int least) =>
        ports is [{ Type: ElementType.Float32, Shape.Count: 4 }] && sample.Values[0].Shape is [_, 1 or 3, var height, var width] && height >= least && width >= least;

    /// <summary>Whether samples can be put together along the first axis: it is a symbol, the same of all inputs, and all samples have one shape.</summary>
    public static bool Stacks(IReadOnlyList<PlanPort> ports, IReadOnlyList<InputSample> samples)
    {
        if (ports.Any(p => p.Shape.Count == 0 || p.Shape[0].IsConstant) || ports.Select(p => p.Shape[0].ToString()).Distinct().Count() > 1) return false;
        // No other axis may be of the same symbol: a batch would change it too.
        if (ports.Any(p => p.Shape.Skip(1).Any(d => !d.IsConstant && d.ToString() == p.Shape[0].ToString()))) return false;
        InputSample first = samples[0];
        return first.Values.All(v => v.Shape[0] == 1) && samples.All(s => s.Values.Zip(first.Values).All(pair => pair.First.Shape.AsSpan().SequenceEqual(pair.Second.Shape)));
    }

    /// <summary>Samples of one shape along the first axis.</summary>
    public static InputSample Stacked(InputSample[] samples) => new([.. samples[0].Values.Select((value, i) =>
        new NpyFile(value.Type, [samples.Length, .. value.Shape[1..]], Joined(samples, i)))]);

    private static byte[] Joined(InputSample[] samples, int input)
    {
        byte[] bytes = new byte[samples.Sum(s => s.Values[input].Bytes.Length)];
        int at = 0;
        foreach (InputSample sample in samples)
        {
            sample.Values[input].Bytes.CopyTo(bytes, at);
            at += sample.Values[input].Bytes.Length;
        }
        return bytes;
    }

    private InputSample Moved(InputSample sample, SeededRandom random)
    {
        NpyFile picture = sample.Values[0];
        int height = picture.Shape[2], width = picture.Shape[3];
        int dy = random.Below(2 * shift.Down + 1) - shift.Down, dx = random.Below(2 * shift.Across + 1) - shift.Across;
        bool mirrored = mirror && random.Below(2) == 1;
        ReadOnlySpan<float> from = MemoryMarshal.Cast<byte, float>(picture.Bytes);
        byte[] bytes = new byte[picture.Bytes.Length];
        Span<float> to = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        int planes = from.Length / (height * width);
        for (int plane = 0; plane < planes; plane++)
            for (int y = 0; y < height; y++)
            {
                // The edge goes on.
                ReadOnlySpan<float> row = from.Slice((plane * height + Math.Clamp(y + dy, 0, height - 1)) * width, width);
                Span<float> target = to.Slice((plane * height + y) * width, width);
                for (int x = 0; x < width; x++) target[x] = row[Math.Clamp((mirrored ? width - 1 - x : x) + dx, 0, width - 1)];
            }
        return new InputSample([new NpyFile(picture.Type, picture.Shape, bytes)]);
    }

    private int PlaceOf(long number)
    {
        (int pass, int place) = ((int)(number / samples.Count), (int)(number % samples.Count));
        if (pass != _pass)
        {
            _order = SeededRandom.For(seed, string.Create(CultureInfo.InvariantCulture, $"pass {pass}")).Permutation(samples.Count);
            _pass = pass;
        }
        return _order[place];
    }
}
