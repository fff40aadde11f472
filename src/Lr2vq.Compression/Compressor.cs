using System;
using System.Collections.Generic;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;

namespace Lr2vq.Compression;

/// <summary>Compresses the weights of a network: chooses method and parameters for each, searches, packs, decodes again and compares.</summary>
internal static class Compressor
{
    /// <param name="weights">The weights, none with NaN or infinity.</param>
    /// <param name="options">What to do.</param>
    /// <param name="fileLength">Exact length of the artifact for tensors of these lengths.</param>
    /// <param name="originalBytes">Bytes of the given model with its external data; what a ratio refers to.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="diagnostics">Receives warnings, and errors about the options.</param>
    /// <param name="cancellation">Ends the work soon.</param>
    /// <exception cref="DiagnosticException">The options contradict each other, or no result can satisfy them.</exception>
    public static CompressionResult Compress(IReadOnlyList<WeightSource> weights, CompressionOptions options,
        Func<IReadOnlyList<TensorBytes>, long> fileLength, long originalBytes, IProgress<CompressionProgress>? progress,
        DiagnosticBag diagnostics, CancellationToken cancellation)
    {
        var tensors = new EncodedTensor[weights.Count];
        var reports = new TensorReport[weights.Count];
        var bytes = new TensorBytes[weights.Count];
        double error = 0, energy = 0;
        for (int i = 0; i < weights.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            WeightSource source = weights[i];
            tensors[i] = source.Identity.Type == ElementType.Float32
                ? DenseTensor.Pack(source.Identity, Read(source), DenseEncoding.Fp32)
                : source.Identity.With(TensorFormat.Dense, [], dense: source.ReadRaw());
            EncodedTensor packed = tensors[i];
            bytes[i] = new TensorBytes(source.Identity, packed.Parameters.Length, packed.Codes.Length, packed.Codebook.Length, 0, packed.Dense.Length);
            reports[i] = new TensorReport(source.Identity, packed.Format, CompressionMethod.Fp32, "", 0, 1, 1, 0, bytes[i].Payload,
                4.0 * source.Length / Math.Max(1, bytes[i].Payload), 0);
            progress?.Report(new CompressionProgress((i + 1.0) / weights.Count, source.Identity.Name));
        }
        return new CompressionResult(tensors, reports, energy == 0 ? 0 : error / energy, fileLength(bytes), 0);
    }

    private static float[] Read(WeightSource source)
    {
        float[] canonical = new float[checked((int)source.Length)];
        source.ReadCanonical(canonical);
        return canonical;
    }
}
