using Lr2vq.Codecs;

namespace Lr2vq.Kernels;

/// <summary>What a form of a convolution costs, so that the choice depends on shapes and formats alone.</summary>
/// <remarks>In cycles of a machine that does one multiply-add of 16 lanes a cycle, measured on one such (Zen 4, 512-bit vectors) with
/// <c>Lr2vq.Benchmarks -- choices</c>. Narrower vectors change all parts alike. Decoding costs every form the same and is left out.</remarks>
internal static class ConvCost
{
    /// <summary>A multiply-add in a register tile, with its share of loops, loads and stores.</summary>
    private const double Multiply = 1.07;

    /// <summary>Winograd's transforms of a vector of 16 channels: of a tile of input, of a tile of output, of a kernel.</summary>
    private const double InputFour = 220, OutputFour = 170, WeightFour = 95, InputTwo = 80, OutputTwo = 60, WeightTwo = 52;

    /// <summary>A step of a projection with memory traffic: of a tile, of <see cref="Projection"/>.</summary>
    private const double TileStep = 1.3, ShuffleStep = 1.6;

    public static double Of(ConvForm form, in ConvGeometry g, WeightTensor weight)
    {
        if (!form.Projected) return Of(form.Method, g);
        ProjectedWeight projected = weight.AsProjected()!;
        ConvGeometry narrow = ProjectedConv.Narrow(g, projected);
        double vectors = Blocks(narrow.InputChannels) * narrow.InputHeight * narrow.InputWidth * narrow.Batch;
        double projection = Projection.Serves(projected) ? ShuffleStep * projected.M : TileStep * ProjectedConv.Steps(projected);
        return Of(form.Method, narrow) + projection * vectors;
    }

    private static double Of(ConvMethod method, in ConvGeometry g)
    {
        double blocks = Blocks(g.OutputChannels);
        switch (method)
        {
            case ConvMethod.WinogradTwo:
            case ConvMethod.WinogradFour:
                bool four = method == ConvMethod.WinogradFour;
                int size = four ? 4 : 2, points = (size + 2) * (size + 2);
                double tiles = g.Batch * (double)((g.OutputHeight + size - 1) / size) * ((g.OutputWidth + size - 1) / size);
                return Multiply * points * g.InputChannels * blocks * tiles + Blocks(g.InputChannels) * tiles * (four ? InputFour : InputTwo)
                    + blocks * tiles * (four ? OutputFour : OutputTwo) + g.InputChannels * blocks * (four ? WeightFour : WeightTwo);
            default:
                return Multiply * g.Taps * g.GroupInputs * blocks * g.Batch * (double)g.OutputHeight * g.OutputWidth;
        }
    }

    private static double Blocks(int channels) => (channels + 15) / 16;
}
