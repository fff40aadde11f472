using Lr2vq.Codecs;

namespace Lr2vq.Kernels;

/// <summary>What planning a convolution asks of its weights: numbers, no values.</summary>
/// <param name="Rows">Output channels.</param>
/// <param name="Columns">Weights of one output channel.</param>
/// <param name="PanelPitch">Floats from one decoded panel of 16 output channels to the next.</param>
/// <param name="HasPanels">Panels lie in memory and can be read in place.</param>
internal readonly record struct ConvWeights(int Rows, int Columns, long PanelPitch, bool HasPanels)
{
    public static unsafe ConvWeights Of(WeightTensor weight) => new(weight.Rows, weight.Columns, weight.PanelPitch, weight.PanelAt(0, 0) != null);
}
