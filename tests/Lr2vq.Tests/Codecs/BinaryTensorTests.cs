using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Xunit;

namespace Lr2vq.Tests.Codecs;

[Trait("Isa", "true")]
public sealed class BinaryTensorTests
{
    [Theory]
    [MemberData(nameof(CodecCases.Shapes), MemberType = typeof(CodecCases))]
    public void SignsAndScalesComeBack(int rows, int inputs, int height, int width)
    {
        TensorIdentity identity = CodecCases.Conv(rows, inputs, height, width);
        int columns = inputs * height * width;
        foreach (int stages in new[] { 1, 2, 3, BinaryTensor.MaxStages })
            foreach (int group in new[] { 1, 7, 64, 1000 })
            {
                BinaryFactors factors = Factors(rows, columns, stages, group);
                EncodedTensor packed = BinaryTensor.Pack(identity, factors);
                Assert.Equal(BinaryTensor.ByteLengths(rows, columns, stages, group),
                    (packed.Parameters.Length, packed.Codes.Length, packed.Codebook.Length, packed.Dense.Length));
                Assert.Equal(stages * ((rows * columns + 7) / 8), packed.Codes.Length);
                using var opened = new OpenedTensor(packed);
                Assert.Equal(TensorFormat.Binary, opened.Tensor.Format);
                float[] decoded = opened.Decode(), scales = RowNormalization.Rounded((float[])factors.Scales.Clone());
                int groups = (columns + group - 1) / group;
                for (int i = 0; i < decoded.Length; i++)
                {
                    float expected = 0f;
                    for (int t = 0; t < stages; t++)
                    {
                        float scale = scales[(i / columns * groups + i % columns / group) * stages + t];
                        expected += (factors.Signs[i] >> t & 1) != 0 ? -scale : scale;
                    }
                    Assert.Equal(expected, decoded[i]);
                }
                if (stages < 8 && group > 1) opened.CheckPanels();
            }
    }

    internal static BinaryFactors Factors(int rows, int columns, int stages, int group)
    {
        var random = new Random(stages * 1000 + group);
        return new BinaryFactors
        {
            Stages = stages,
            Group = group,
            Scales = [.. Enumerable.Range(0, rows * ((columns + group - 1) / group) * stages).Select(_ => (float)random.NextDouble())],
            Signs = [.. Enumerable.Range(0, rows * columns).Select(_ => (byte)random.Next(1 << stages))],
        };
    }
}
