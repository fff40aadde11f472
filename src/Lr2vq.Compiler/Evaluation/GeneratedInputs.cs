using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Compression.Methods;
using Lr2vq.Data;
using Lr2vq.Pictures;
using Lr2vq.Planning;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Evaluation;

/// <summary>Inputs for a network that nobody gave data for: pictures, sounds, features, indices, states, by what the Plan says of each input.</summary>
internal sealed class GeneratedInputs
{
    /// <summary>Numbers in a row from which on they are a sound.</summary>
    public const int ShortestSound = 400;

    private readonly PlannedNetwork _network;
    private readonly int[][] _shapes;
    private readonly int _seed;
    private readonly InputUse[] _uses;
    /// <summary>For each input the output that is its next value; −1 for inputs that are no state.</summary>
    private readonly int[] _next;
    private readonly NpyFile?[] _states;
    /// <summary>For each input what black and white become in each channel, where that was declared.</summary>
    private readonly (float Black, float White)[]?[] _ranges;

    /// <param name="network">The network; its model stays open.</param>
    /// <param name="shapes">Shapes of the inputs.</param>
    /// <param name="seed">The same seed gives the same inputs.</param>
    /// <param name="pictures">What pictures go through, as far as that was declared.</param>
    public GeneratedInputs(PlannedNetwork network, int[][] shapes, int seed, PreProcessing pictures)
    {
        (_network, _shapes, _seed) = (network, shapes, seed);
        Plan plan = network.Plan;
        _ranges = [.. plan.Inputs.Select(port => RangesOf(port, pictures))];
        _uses = [.. plan.Inputs.Select(port => new InputUse(network, port))];
        _next = [.. Enumerable.Range(0, plan.Inputs.Count).Select(i => NextOf(plan, i))];
        _states = new NpyFile?[plan.Inputs.Count];
    }

    /// <summary>Pictures go in as bytes, 0 to 255, and not as the usual fractions.</summary>
    public bool BytesOfPictures { get; set; }

    /// <summary>Some input takes pictures as numbers whose range nothing says.</summary>
    public bool TakesPictures => _network.Plan.Inputs.Where((port, i) =>
        _ranges[i] is null && port.Type is ElementType.Float32 or ElementType.Float16 && SampleShapes.IsPicture(port) && _uses[i].Gain is [1] && _uses[i].Offset is [0]).Any();

    /// <summary>A sample; the kinds of its values change with its number.</summary>
    /// <param name="number">From 0.</param>
    /// <param name="plainIndices">How carefully integers are chosen: 0 as the Plan says, 1 only 0 and 1, 2 only 1, 3 only 0.</param>
    public InputSample Make(int number, int plainIndices) =>
        new([.. _network.Plan.Inputs.Select((port, i) => _states[i] ?? Make(port, i, number, plainIndices))]);

    /// <summary>The network's own states go into the next sample.</summary>
    public void Feed(IReadOnlyList<NpyFile> outputs)
    {
        for (int i = 0; i < _next.Length; i++)
            if (_next[i] >= 0 && outputs[_next[i]] is var state && state.Shape.AsSpan().SequenceEqual(_shapes[i])) _states[i] = state;
    }

    /// <summary>A state has the type and shape of an output; the first input of floats is never one.</summary>
    private static int NextOf(Plan plan, int input)
    {
        bool IsFloat(PlanPort port) => port.Type is ElementType.Float32 or ElementType.Float16 or ElementType.Float64;
        PlanPort port = plan.Inputs[input];
        if (!IsFloat(port) || plan.Inputs.First(IsFloat) == port) return -1;
        string Key(PlanPort p) => $"{p.Type} {string.Join(',', p.Shape)}";
        int[] outputs = [.. Enumerable.Range(0, plan.Outputs.Count).Where(o => Key(plan.Outputs[o]) == Key(port))];
        int place = Enumerable.Range(0, input).Count(i => i > 0 && Key(plan.Inputs[i]) == Key(port));
        return place < outputs.Length ? outputs[place] : -1;
    }

    private NpyFile Make(PlanPort port, int input, int number, int plainIndices)
    {
        var random = SeededRandom.For(_seed, $"{port.Name} {number}");
        int[] shape = _shapes[input];
        int count = shape.Aggregate(1, (n, d) => n * d);
        if (ElementTypes.IsFloat(port.Type) || ElementTypes.IsNarrowFloat(port.Type) || SampleShapes.IsPicture(port))
            return Pack(port.Type, shape, Floats(port, input, number, ref random, count));
        long[] values = new long[count];
        for (int i = 0; i < count; i++) values[i] = Index(port, input, number, plainIndices, ref random);
        return Pack(port.Type, shape, Array.ConvertAll(values, v => (float)v));
    }

    private long Index(PlanPort port, int input, int number, int plainIndices, ref SeededRandom random)
    {
        string name = port.Name.ToUpperInvariant();
        bool known = _uses[input].Indices is not null;
        return plainIndices switch
        {
            1 => random.Below(2),
            2 => 1,
            3 => 0,
            _ when port.Type == ElementType.Bool || name.Contains("MASK", StringComparison.Ordinal) => 1,
            _ when !known && (name is "SR" || name.Contains("RATE", StringComparison.Ordinal)) => 16000,
            _ when !known && name.Contains("LEN", StringComparison.Ordinal) => Math.Max(1, LongestSide()),
            // Common words and letters have low numbers.
            _ => (long)((known ? Math.Min(_uses[input].Indices!.Value, 30000) : 2) * (number % 2 == 0 ? random.Uniform() : random.Uniform() * random.Uniform())),
        };
    }

    private int LongestSide() => _shapes.SelectMany(s => s.Skip(1)).DefaultIfEmpty(1).Max();

    private float[] Floats(PlanPort port, int input, int number, ref SeededRandom random, int count)
    {
        if (_next[input] >= 0 || count == 0) return new float[count];
        float[] values;
        int[] shape = _shapes[input];
        if (SampleShapes.IsPicture(port)) values = Pictures(port, _ranges[input], shape, number, ref random);
        else if (IsSound(port, shape)) values = Sounds(number, ref random, count);
        else values = Features(port, input, number, ref random, count);
        InputUse use = _uses[input];
        if (_ranges[input] is not null) return values;
        if (use.Gain.Length > 1 || use.Gain[0] != 1 || use.Offset[0] != 0)
        {
            int inner = use.Gain.Length == 1 || shape[^1] == use.Gain.Length ? 1 : count / Math.Max(1, shape.Length > 1 ? shape[0] * shape[1] : 1);
            for (int i = 0; i < count; i++)
            {
                int feature = i / inner % use.Gain.Length;
                values[i] = (values[i] - use.Offset[feature]) / use.Gain[feature];
            }
        }
        return values;
    }

    private static (float Black, float White)[]? RangesOf(PlanPort port, PreProcessing pictures)
    {
        if (!pictures.IsDeclared || port.Type is not (ElementType.Float32 or ElementType.Float16) || PicturePort.Of(port, pictures.Layout) is not { } picture) return null;
        var ranges = new (float, float)[picture.Channels];
        Span<float> values = stackalloc float[256];
        for (int c = 0; c < ranges.Length; c++)
        {
            pictures.Fill(c, ranges.Length, values);
            ranges[c] = (values[0], values[255]);
        }
        return ranges;
    }

    /// <summary>Pictures as the declared pre-processing leaves them, or the usual ones, and one of noise.</summary>
    private float[] Pictures(PlanPort port, (float Black, float White)[]? ranges, int[] shape, int number, ref SeededRandom random)
    {
        bool interleaved = SampleShapes.IsInterleaved(port);
        (int channels, int height, int width) = interleaved ? (shape[3], shape[1], shape[2]) : (shape[1], shape[2], shape[3]);
        bool isByte = BytesOfPictures || !ElementTypes.IsFloat(port.Type);
        float[] values = new float[shape[0] * channels * height * width];
        for (int n = 0; n < shape[0]; n++)
        {
            float[] picture = number % 6 == 4 ? Uniform(ref random, channels * height * width) : Signals.Picture(ref random, channels, height, width);
            Span<float> target = values.AsSpan(n * picture.Length, picture.Length);
            for (int c = 0; c < channels; c++)
            {
                Span<float> plane = picture.AsSpan(c * height * width, height * width);
                if (ranges is not null) Map(plane, ranges[c].White - ranges[c].Black, ranges[c].Black);
                else if (isByte) Map(plane, 255, 0);
                else if (number % 3 == 1) Map(plane, 2, -1);
                // What taking mean and deviation of photographs leaves.
                else if (number % 3 == 2) foreach (ref float value in plane) value = (value - 0.45f) * 4.4f;
                if (!interleaved) plane.CopyTo(target[(c * plane.Length)..]);
                else
                    for (int i = 0; i < plane.Length; i++) target[i * channels + c] = plane[i];
            }
        }
        return values;
    }

    private static void Map(Span<float> values, float factor, float added)
    {
        foreach (ref float value in values) value = added + factor * value;
    }

    private static float[] Uniform(ref SeededRandom random, int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)random.Uniform();
        return values;
    }

    /// <summary>One row of many numbers that no weight meets one by one.</summary>
    private static bool IsSound(PlanPort port, int[] shape) =>
        shape.Length is >= 1 and <= 3 && shape.Max() >= ShortestSound && shape.Aggregate(1L, (n, d) => n * d) / shape[0] <= 2L * shape.Max() && port.Type != ElementType.Bool;

    private static float[] Sounds(int number, ref SeededRandom random, int count)
    {
        if (number % 4 == 3)
        {
            float[] noise = Signals.Noise(ref random, count);
            for (int i = 0; i < count; i++) noise[i] *= 0.1f;
            return noise;
        }
        float[] sound = Signals.Sound(ref random, count);
        if (number % 4 == 2) for (int i = 0; i < count; i++) sound[i] *= 0.1f;
        return sound;
    }

    /// <summary>Numbers whose products with the first weights are alike: large ones where weights are small, as with features in different units.</summary>
    private float[] Features(PlanPort port, int input, int number, ref SeededRandom random, int count)
    {
        float[] values = number % 3 == 1 ? Signals.Smooth(ref random, count) : Signals.Noise(ref random, count), columns = _uses[input].Columns;
        if (number % 3 == 2) for (int i = 0; i < count; i++) values[i] = Math.Abs(values[i]);
        if (columns.Length == 0) return values;
        int[] shape = _shapes[input];
        int inner = shape[^1] == columns.Length ? 1 : count / Math.Max(1, shape[0] * columns.Length);
        if (inner == 0 || count % (columns.Length * inner) != 0) return values;
        float[] sorted = [.. columns.Where(c => c > 0).Order()];
        if (sorted.Length == 0) return values;
        // Weights of one scale leave their inputs alone.
        float middle = sorted[sorted.Length / 2];
        for (int i = 0; i < count; i++)
        {
            float column = columns[i / inner % columns.Length];
            if (column > 0 && (column > 4 * middle || column < middle / 4)) values[i] *= middle / column;
        }
        return values;
    }

    private static NpyFile Pack(ElementType type, int[] shape, float[] values)
    {
        byte[] bytes = new byte[values.Length * ElementTypes.ByteLength(type)];
        if (type == ElementType.Float32) MemoryMarshal.AsBytes<float>(values).CopyTo(bytes);
        else
        {
            int size = ElementTypes.ByteLength(type);
            for (int i = 0; i < values.Length; i++) Write(type, values[i], bytes.AsSpan(i * size, size));
        }
        return new NpyFile(type, shape, bytes);
    }

    private static void Write(ElementType type, float value, Span<byte> target)
    {
        switch (type)
        {
            case ElementType.Float64: BinaryPrimitives.WriteDoubleLittleEndian(target, value); break;
            case ElementType.Float16: BinaryPrimitives.WriteHalfLittleEndian(target, (Half)value); break;
            case ElementType.BFloat16: BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)); break;
            case ElementType.Float8E8M0: target[0] = NarrowFloats.ToPower(value, PowerRounding.Nearest, saturate: true); break;
            case ElementType.UInt4: target[0] = (byte)((long)value & 0xF); break;
            default:
                if (ElementTypes.IsNarrowFloat(type))
                {
                    target[0] = NarrowFloats.FromSingle(type, value, saturate: true);
                    break;
                }
                long whole = (long)value;
                for (int b = 0; b < target.Length; b++) target[b] = (byte)(whole >> 8 * b);
                break;
        }
    }
}
