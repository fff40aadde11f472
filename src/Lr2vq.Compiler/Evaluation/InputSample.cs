using System.Collections.Generic;
using Lr2vq.Data;

namespace Lr2vq.Evaluation;

/// <summary>The values of all inputs of one call, in the order of the Plan's inputs.</summary>
internal sealed record InputSample(IReadOnlyList<NpyFile> Values);
