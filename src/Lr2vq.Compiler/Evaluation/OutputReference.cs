using System;
using System.Runtime.InteropServices;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Data;
using Lr2vq.Plans;

namespace Lr2vq.Evaluation;

/// <summary>An output of the original for a sample, and what comparisons ask of it: found once, however many outputs it is compared with.</summary>
internal sealed class OutputReference(NpyFile output, OutputKind kind)
{
    /// <summary>Probabilities nearer to 0 or 1 than this are as good as those.</summary>
    private const double Saturated = 1e-6;
    private const int ManyPlaces = 16;
    private const double LogTwo = 0.6931471805599453;
    /// <summary>Values whose logarithms are taken at once.</summary>
    private const int Block = 256;

    private float[]? _values, _logits;
    private double? _deviation;

    public NpyFile Output => output;

    public float[] Values => _values ??= ToFloats(output);

    /// <summary>Of a row; 1 where there are no rows.</summary>
    public int Classes => output.Shape.AsSpan().TrimEnd(1) is [.., var last] ? last : 1;

    /// <summary>What a sigmoid or softmax hides.</summary>
    public float[] Logits => _logits ??= LogitsOf(Values);

    /// <summary>How far the logits are from their mean.</summary>
    public double Deviation => _deviation ??= DeviationOf(Logits, kind == OutputKind.Softmax ? Classes : 1);

    /// <summary>Logits of values of the same shape.</summary>
    public float[] LogitsOf(float[] values)
    {
        float[] logits = new float[values.Length];
        Span<double> logs = stackalloc double[Block], others = stackalloc double[Block];
        for (int first = 0; first < values.Length; first += Block)
        {
            ReadOnlySpan<float> some = values.AsSpan(first, Math.Min(Block, values.Length - first));
            logs = logs[..some.Length];
            for (int i = 0; i < some.Length; i++)
            {
                double p = Math.Clamp(some[i], Saturated, 1 - Saturated);
                logs[i] = double.IsNaN(p) ? 0.5 : p;
            }
            if (kind == OutputKind.Sigmoid)
            {
                others = others[..some.Length];
                for (int i = 0; i < some.Length; i++) others[i] = 1 - logs[i];
                ExactMath.Log2(others);
            }
            ExactMath.Log2(logs);
            for (int i = 0; i < some.Length; i++) logits[first + i] = (float)(LogTwo * (kind == OutputKind.Sigmoid ? logs[i] - others[i] : logs[i]));
        }
        if (kind != OutputKind.Softmax) return logits;
        // A softmax hides what is added to a whole row.
        int classes = Classes;
        for (int row = 0; row + classes <= logits.Length; row += classes)
        {
            double mean = 0;
            for (int i = 0; i < classes; i++) mean += logits[row + i];
            mean /= classes;
            for (int i = 0; i < classes; i++) logits[row + i] = (float)(logits[row + i] - mean);
        }
        return logits;
    }

    /// <summary>How far logits are from their mean: of each class over all places, where there are many (most find nothing and say so firmly), else over
    /// all.</summary>
    private static double DeviationOf(float[] logits, int classes)
    {
        int places = logits.Length / classes;
        double squares = 0;
        for (int c = 0; c < classes; c++)
        {
            double mean = 0;
            if (places >= ManyPlaces)
            {
                for (int i = c; i < logits.Length; i += classes) mean += logits[i];
                mean /= places;
            }
            for (int i = c; i < logits.Length; i += classes) squares += (logits[i] - mean) * (logits[i] - mean);
        }
        return Math.Sqrt(squares / Math.Max(1, logits.Length));
    }

    /// <summary>Floats of any width as f32.</summary>
    public static float[] ToFloats(NpyFile file)
    {
        switch (file.Type)
        {
            case ElementType.Float32: return MemoryMarshal.Cast<byte, float>(file.Bytes).ToArray();
            case ElementType.Float16: return Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(file.Bytes).ToArray(), h => (float)h);
            case ElementType.Float64: return Array.ConvertAll(MemoryMarshal.Cast<byte, double>(file.Bytes).ToArray(), d => (float)d);
            default: return Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(file.Bytes).ToArray(), u => BitConverter.UInt32BitsToSingle((uint)u << 16));
        }
    }
}
