using System;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>Looks for NaN and infinity in weights: a network with such a weight computes nothing, and no codec could hold it.</summary>
internal static class FiniteCheck
{
    /// <summary>Reads a float tensor once, in blocks.</summary>
    /// <param name="path">The model, for the diagnostic.</param>
    /// <returns>True if all values are finite (or the tensor is not of floats); else the bag has an error.</returns>
    public static bool Check(OnnxTensor tensor, string path, DiagnosticBag bag)
    {
        if (!tensor.IsFloat) return true;
        var buffer = new float[(int)Math.Min(tensor.Count, 1 << 14)];
        long nans = 0, infinities = 0, first = -1;
        for (long start = 0; start < tensor.Count; start += buffer.Length)
        {
            Span<float> values = buffer.AsSpan(0, (int)Math.Min(buffer.Length, tensor.Count - start));
            tensor.ReadFloats(values, start);
            Scan(values, start, ref nans, ref infinities, ref first);
        }
        return Report(tensor.Name, tensor.Count, nans, infinities, first, path, bag);
    }

    /// <summary>The same for values that were read already.</summary>
    public static bool Check(string name, ReadOnlySpan<float> values, string path, DiagnosticBag bag)
    {
        long nans = 0, infinities = 0, first = -1;
        Scan(values, 0, ref nans, ref infinities, ref first);
        return Report(name, values.Length, nans, infinities, first, path, bag);
    }

    private static bool Report(string name, long count, long nans, long infinities, long first, string path, DiagnosticBag bag)
    {
        if (first < 0) return true;
        string shown = OnnxFileKind.Printable(name);
        bag.Add(DiagnosticCatalogue.WeightsNotFinite.At(new DiagnosticPlace(path, null, shown), shown, nans, infinities, count, first));
        return false;
    }

    private static void Scan(ReadOnlySpan<float> values, long start, ref long nans, ref long infinities, ref long first)
    {
        // x − x is zero for finite x only; the sum stays zero, and the loop needs no branch.
        float sum = 0;
        foreach (float value in values) sum += value - value;
        if (sum == 0) return;
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i])) continue;
            if (first < 0) first = start + i;
            if (float.IsNaN(values[i])) nans++;
            else infinities++;
        }
    }
}
