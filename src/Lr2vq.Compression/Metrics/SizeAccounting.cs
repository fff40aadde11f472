using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Metrics;

/// <summary>Bytes of a compressed network from the shapes of its layers alone: as the papers count, and as files do.</summary>
internal static class SizeAccounting
{
    /// <summary>Bytes, as the papers of vector quantization count them.</summary>
    /// <param name="Codes">log₂ k bits a code, not padded.</param>
    /// <param name="Codebooks">fp16.</param>
    /// <param name="Dense">Stem, two numbers for each channel of a batch norm, biases: fp32.</param>
    /// <param name="Original">All parameters, fp32.</param>
    internal readonly record struct PapersSize(double Codes, double Codebooks, double Dense, double Original)
    {
        public double Total => Codes + Codebooks + Dense;
        public double Ratio => Original / Total;
    }

    /// <summary>Bytes on disk.</summary>
    /// <param name="Original">The same network, batch norms folded, as plain fp32 ONNX.</param>
    internal readonly record struct FileSize(long Codes, long Codebooks, long Bases, long Dense, long Biases, long Directory, long Original)
    {
        public long Total => Codes + Codebooks + Bases + Dense + Biases + Directory;
        public double Ratio => (double)Original / Total;
    }

    /// <summary>Largest power of two not above a quarter of the subvectors (PQF's code).</summary>
    public static int ClampK(int k, long subvectors) => PresetRules.ClampK(k, subvectors);

    /// <summary>Largest power of two strictly below a quarter of the subvectors (BGD's code).</summary>
    public static int ClampKStrictly(int k, long subvectors)
    {
        int power = 1;
        while (power * 2 < subvectors / 4.0) power *= 2;
        return Math.Min(k, power);
    }

    /// <summary>The papers' accounting (algorithms §9.2): running statistics of batch norms are not counted.</summary>
    /// <param name="batchNormWidths">Channels of each batch norm.</param>
    /// <param name="biases">Numbers in biases that no batch norm replaces.</param>
    /// <param name="clamp">From k and the number of subvectors to k.</param>
    public static PapersSize Papers(IReadOnlyList<LayerShape> layers, IReadOnlyList<int> batchNormWidths, int biases, SizeSetting setting,
        Func<int, long, int> clamp)
    {
        long parameters = layers.Sum(l => l.Weights) + 2L * batchNormWidths.Sum() + biases, compressed = 0;
        double bits = 0, codebooks = 0;
        foreach (LayerShape layer in layers.Where(l => !l.IsFirst))
        {
            int m = setting.MOf(layer);
            long subvectors = layer.Weights / m;
            int k = clamp(setting.KOf(layer), subvectors);
            bits += subvectors * Math.Log2(k);
            codebooks += 2.0 * k * m;
            compressed += layer.Weights;
        }
        return new PapersSize(bits / 8, codebooks, 4.0 * (parameters - compressed), 4.0 * parameters);
    }

    /// <summary>Every byte that ships, with the lengths that the codecs have: codes packed for each tensor, stem fp16, one fp32 bias for each
    /// output channel, a header, a directory record for each tensor, and the graph without weights.</summary>
    public static FileSize File(IReadOnlyList<LayerShape> layers, SizeSetting setting, long graphBytes = 24 * 1024, int headerBytes = 64, int recordBytes = 96)
    {
        long codes = 0, codebooks = 0, bases = 0, dense = 0, biases = 0, directory = headerBytes + graphBytes, original = graphBytes;
        foreach (LayerShape layer in layers)
        {
            original += 4 * (layer.Weights + layer.Outputs);
            biases += 4L * layer.Outputs;
            directory += recordBytes;
            if (layer.IsFirst)
            {
                dense += 2 * layer.Weights;
                continue;
            }
            int m = setting.MOf(layer), d = Math.Min(m, setting.D?.Invoke(m) ?? m);
            long subvectors = layer.Weights / m;
            int k = ClampK(setting.KOf(layer), subvectors);
            codes += PackedBits.ByteLength(subvectors, PackedBits.BitsFor(k));
            codebooks += CodebookEntries.ByteLength(setting.Entries, k, d);
            bases += CodebookEntries.BasisByteLength(d, m);
        }
        return new FileSize(codes, codebooks, bases, dense, biases, directory, original);
    }
}
