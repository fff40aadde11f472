using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Compression.Methods;

/// <summary>Principal components of the kernel taps of all weights that have as many: small tensors, which cannot pay for a basis of their own,
/// share this one, whose bytes the file has once.</summary>
/// <param name="Vectors">Rows are directions over the taps, eigenvalues falling.</param>
/// <param name="Weights">The weights that may share it.</param>
internal sealed record CommonBasis(double[] Vectors, int Weights)
{
    /// <summary>Tells each weight where to ask for the basis that it may share. Depthwise kernels are another kind and have one of their own.</summary>
    public static void Attach(IReadOnlyList<WeightSource> weights)
    {
        IEnumerable<WeightSource> kernels = weights.Where(weight => weight.Identity.Role is WeightRole.Conv or WeightRole.ConvTranspose && TransformCoding.MayHaveBasis(TapsOf(weight)));
        foreach (var alike in kernels.GroupBy(weight => (weight.Identity.Canonical.KernelHeight, weight.Identity.Canonical.KernelWidth, weight.IsDepthwise)))
        {
            WeightSource[] members = [.. alike];
            if (members.Length < 2) continue;
            Lazy<CommonBasis> basis = new(() => Of(members));
            foreach (WeightSource member in members) member.Common = basis;
        }
    }

    private static CommonBasis Of(WeightSource[] members)
    {
        int taps = TapsOf(members[0]);
        double[] sum = new double[taps * taps];
        foreach (WeightSource member in members)
        {
            float[] normalized = member.Read();
            RowNormalization.Divide(normalized, RowNormalization.RootMeanSquares(normalized, member.Identity.Canonical.Rows));
            double[] gram = TransformCoding.Gram(normalized, taps);
            for (int i = 0; i < sum.Length; i++) sum[i] += gram[i];
        }
        return new CommonBasis(SymmetricEigen.Solve(sum, taps).Vectors, members.Length);
    }

    private static int TapsOf(WeightSource weight) => weight.Identity.Canonical.KernelHeight * weight.Identity.Canonical.KernelWidth;
}
