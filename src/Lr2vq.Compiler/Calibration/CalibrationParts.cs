using System;

namespace Lr2vq.Calibration;

/// <summary>What calibration does; each part can be left out, so that its worth can be measured.</summary>
[Flags]
internal enum CalibrationParts
{
    None = 0,
    /// <summary>Errors of a column are made up for by later columns, by the Gram of the inputs.</summary>
    Feedback = 1,
    /// <summary>Steps of tensors by what their errors do to the outputs.</summary>
    Allocation = 2,
    /// <summary>Biases take over the mean change of what is added to them.</summary>
    Bias = 4,
    /// <summary>First, depthwise and small tensors are coded like the others.</summary>
    Spared = 8,
    /// <summary>Allocation is done again where the steps came to lie.</summary>
    Refinement = 16,
    /// <summary>Steps of columns by how well others can make up for them, where that helps.</summary>
    ColumnSteps = 32,
    /// <summary>Levels by paths through a trellis, column by column.</summary>
    Trellis = 64,
    /// <summary>Scales of rows take over what of a changed output goes with the output.</summary>
    Scales = 128,
    /// <summary>What is sensitive and what is nearer, by softened classes.</summary>
    Softening = 256,
    /// <summary>Weights are coded again, layer after layer, from what makes up for the layers before (asymmetric calibration).</summary>
    Asymmetry = 512,
    All = Feedback | Allocation | Bias | Spared | Refinement | ColumnSteps | Trellis | Scales | Softening | Asymmetry,
}
